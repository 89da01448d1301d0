/** Lets the command into the Worker's app. */
export const TOKEN = "property-token-0123456789abcdef0123456789abcdef";
