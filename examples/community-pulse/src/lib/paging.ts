/** The page that `?page=` asks for, kept within what there is; pages count from 1. */
export function pageOf(url: URL, rows: number, pageSize: number): { page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(rows / pageSize));
  const wanted = Number(url.searchParams.get("page") ?? 1);
  return { page: Number.isInteger(wanted) ? Math.min(Math.max(wanted, 1), pages) : 1, pages };
}
