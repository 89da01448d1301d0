/** A number of things as a person reads it, such as "25,537". `Intl` takes 20 ms to begin, in every command and Worker. */
export function count(n: number): string {
  return Number.isInteger(n) ? String(n).replace(/\B(?=(?:\d{3})+$)/g, ",") : String(n);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function bytes(n: number): string {
  if (n < 1000) return `${n} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = n / 1000;
  let unit = 0;
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toFixed(1)} ${units[unit]}`;
}

/** Such as "4.1 of 10.4 MB"; "4.1 MB" while nobody knows how many there are. */
export function bytesOf(n: number, all: number | null | undefined): string {
  if (!all) return bytes(n);
  const [whole, part] = [bytes(all), bytes(n)];
  const [size, unit] = part.split(" ");
  return whole.endsWith(` ${unit}`) ? `${size} of ${whole}` : `${part} of ${whole}`;
}

/** `ms` in milliseconds. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago, roughly: "just now", "5 min", "3 h", "12 days". `ms` in milliseconds. */
export function age(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${count(Math.floor(hours / 24))} days`;
}

/** Milliseconds since 1970 as a date and a time to the minute, where the command runs. */
export function localMoment(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Milliseconds since 1970 as a date and a time, UTC. */
export function moment(ms: number): string {
  // Beyond what a date can be: an app may say anything.
  if (Number.isNaN(new Date(ms).getTime())) return String(ms);
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
