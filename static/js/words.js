/** Sentences of the page's language, rendered by the server into one meta element. */
let cache;

export function word(name, places = {}) {
  cache ??= JSON.parse(document.querySelector('meta[name="words"]')?.content || "{}");
  return (cache[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => places[key] ?? whole);
}
