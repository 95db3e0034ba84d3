// What is wrong with the page as it stands, as a list of sentences; asked by tests/browser/watched.py.
(() => {
  const faults = [];
  const told = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 140);
  const seen = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });

  // It fits: nobody scrolls sideways but within what is made for it.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    const wide = [...document.body.querySelectorAll("*")]
      .filter((one) => one.getBoundingClientRect().right > width + 1 && !one.closest(".wide"));
    faults.push(`it is ${document.documentElement.scrollWidth} px wide, not ${width}: ${wide.slice(0, 3).map(told)}`);
  }

  // Headings: one of the first level, and none passed over.
  const levels = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(seen).map((one) => +one.tagName[1]);
  if (levels.filter((one) => one === 1).length !== 1 || levels[0] !== 1) faults.push(`headings: ${levels}`);
  levels.forEach((one, at) => { if (at && one > levels[at - 1] + 1) faults.push(`a heading is passed over: ${levels}`); });

  // Names: of links, buttons and fields; of drawings that tell something.
  const named = (element) => {
    const ids = (element.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    const labels = [...(element.labels || [])].map((one) => one.textContent);
    const said = [element.getAttribute("aria-label"), ...ids.map((id) => document.getElementById(id)?.textContent)];
    if (!["INPUT", "SELECT"].includes(element.tagName)) said.push(element.textContent, element.getAttribute("alt"));
    return [...said, ...labels].some((one) => one && one.trim());
  };
  for (const one of document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary,svg[role="img"],nav,[role="region"],aside'))
    if (seen(one) && !named(one)) faults.push(`it has no name: ${told(one)}`);
  if (document.querySelectorAll("main").length !== 1) faults.push("there is not one main part");
  if (document.querySelector("img")) faults.push(`a picture: ${told(document.querySelector("img"))}`);
  if (document.querySelector("[style],style,script,iframe,object,embed,base")) faults.push("it has style, script or frame");

  // Numbers that name: each once, and those that are meant are there.
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`two parts are called ${id}`);
  for (const name of ["aria-labelledby", "aria-describedby", "for"])
    for (const one of document.querySelectorAll(`[${name}]`))
      for (const id of one.getAttribute(name).split(/\s+/))
        if (!document.getElementById(id)) faults.push(`${name} means ${id}, which is not there`);

  // Tables tell what their cells are.
  for (const one of document.querySelectorAll("th")) if (!one.scope && !one.closest(".prose")) faults.push(`no scope: ${told(one)}`);

  // Contrast of text (WCAG 2.2, 1.4.3), of drawn text too.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3).map((one, at) => one * top[3] + under[at] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(colour(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told_of = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !seen(element) || element.closest(".visually-hidden,.skip,option,[aria-hidden=true],:disabled")) continue;
    const style = getComputedStyle(element);
    const ink = colour(element.closest("svg") ? style.fill : style.color);
    const back = ground(element);
    const found = ratio(over(ink, back), back);
    const drawn = element.closest("svg")?.getScreenCTM();
    const size = parseFloat(style.fontSize) * (drawn ? Math.hypot(drawn.a, drawn.b) : 1);
    const large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    const key = `${element.tagName}.${element.className.baseVal ?? element.className}`;
    if (found < (large ? 3 : 4.5) && !told_of.has(key)) { told_of.add(key); faults.push(`contrast ${found.toFixed(2)}: ${told(element)}`); }
    if (size < (drawn ? 9 : 11.5)) faults.push(`letters of ${size.toFixed(1)} px: ${told(element)}`);
  }
  return faults;
})()
