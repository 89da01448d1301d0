import type { FerryUsers } from "d1-ferry/astro";

/** Who may use the sync API with their login: editors, for everything. Nobody else has any of it. */
const users: FerryUsers<App.Locals> = ({ locals: { user } }) =>
  user?.role === "editor"
    ? { name: user.username, may: ["read", "plan", "write", "delete", "create", "manage"] }
    : null;

export default users;
