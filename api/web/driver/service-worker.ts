// Lets the driver page open without a connection: its shell from the cache, the API always from the network.
const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = "fieldstock-driver-1";
const PAGE = "/driver";
const MAX_SHELL_FILES = 50;

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page());
  else if (url.pathname.startsWith("/assets/") || url.pathname.startsWith("/icons/")) {
    event.respondWith(asset(event.request));
  }
});

/** The page's newest version when there is a connection; then what it needs is kept, the old is dropped. */
async function page(): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(PAGE, { cache: "no-cache" });
    if (response.ok) {
      const kept = await cache.match(PAGE);
      const isNew = !kept || (await kept.text()) !== (await response.clone().text());
      if (isNew) await keepShell();
    }
    return response;
  } catch {
    return (await cache.match(PAGE)) ?? Response.error();
  }
}

/** Names of assets carry a hash of their content: what is in the cache is right for ever. */
async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

/** Keeps the page and every asset that the page, its scripts and its styles name. */
async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE);
  const wanted = [PAGE];
  const seen = new Set(wanted);
  while (wanted.length > 0 && seen.size <= MAX_SHELL_FILES) {
    const path = wanted.pop() as string;
    const response = await fetch(path, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
    await cache.put(path, response.clone());
    for (const named of await assetsNamedIn(path, response)) {
      if (!seen.has(named)) wanted.push(named);
      seen.add(named);
    }
  }
  for (const request of await cache.keys()) {
    if (!seen.has(new URL(request.url).pathname)) await cache.delete(request);
  }
}

async function assetsNamedIn(path: string, response: Response): Promise<string[]> {
  if (!/(^\/driver|\.js|\.css)$/.test(path)) return [];
  const text = await response.text();
  const absolute = text.match(/\/(?:assets|icons)\/[\w.-]+/g) ?? [];
  const relative = [...text.matchAll(/["'(]\.\/([\w.-]+\.(?:js|css|woff2))["')]/g)];
  return [...absolute, ...relative.map(([, name]) => `/assets/${name}`)];
}
