import { FEATURES, PROJECTS, TOOLS } from "./words.js";

const TITLES = {
  question: [
    "How do you handle {feature} on {project}?",
    "Is there a way to combine {feature} with {tool}?",
    "{feature}: what am I missing?",
    'Client asks for "{feature}", but {tool} is in the way',
    "Can't get {feature} to work after publishing",
  ],
  showcase: [
    "Just launched {project} 🚀",
    "{n} weeks of work: {project}, built with {tool}",
    "[Showcase] {project} — feedback welcome!",
    "My first real site: {project} 🎉",
  ],
  bug: [
    "{feature} broken since yesterday?",
    "Bug: {feature} ignores the {n}px breakpoint",
    "Anyone else seeing 5xx from {feature}?",
    "{feature} → blank page in Safari (screenshots inside)",
  ],
  tip: [
    "TIL: {feature} can replace {tool}",
    "{n} things I wish I had known about {feature}",
    "How I cut load time by {n} % with {tool}",
    "A small trick for {feature} (no custom code)",
  ],
  discussion: [
    "Pricing for {project}: what would you charge?",
    "{tool} or {feature}? Honest opinions",
    "Unpopular opinion: {feature} is fine as it is",
    "Where is {feature} going in the next year?",
  ],
  news: ["{feature} is now generally available", "What's new this week: {feature}, {tool} and more"],
};

const SENTENCES = [
  "I have been working on {project} and {feature} is the last thing that holds me back.",
  "We moved over from {tool} about {n} months ago, and so far it's been worth it.",
  "The editor shows one thing, the published site shows another.",
  "Tried clearing the cache, another browser, and asking support; no change.",
  "It works with {n} items but gets slow somewhere past {m}.",
  'My client said "can\'t it just be simple?" and honestly, fair enough.',
  "Here is the read-only link, any hint is appreciated 🙏",
  "You don't need {tool} for this: {feature} does it out of the box.",
  "The docs mention a limit of {m}, has anybody actually hit it?",
  "Lighthouse went from {n} to 9{d}, mostly thanks to smaller images.",
  "I'd love to see this handled natively instead of through {tool}.",
  "Not sure if it's me or a bug, the console prints `TypeError: undefined is not an object (evaluating 'e.dataset')`.",
  "For context: two people, {n} pages, one very patient client.",
  "Colours, spacing and type all come from variables, so rebranding took {n} minutes.",
  "Edit: solved! The wrapper had `overflow: hidden`, of course it did.",
  "Budget is around €{m}, deadline in {n} days ¯\\_(ツ)_/¯",
  "Thanks to everyone who commented on the first version, it made a real difference ❤️",
];

const REPLIES = [
  "Same here.",
  "This! 👆",
  "Thanks, that fixed it 🙌",
  "Could you share the read-only link?",
  "Have you tried {tool}?",
  "+1, hit this last week with {feature}.",
  "Looks great — which font is that?",
  'Define "broken"…',
  "Congratulations! How long did it take you?",
  "{tool} has been fine for us, {n} sites in.",
  "Not possible right now, sadly. There's a wishlist post for it.",
  "ありがとうございます！",
  "Danke, genau das war's.",
  "It's {feature}, see the second tab.\n\nYou may need to republish.",
];

const ASIDES = [
  "\n\n> Did you check {feature}?\n\nYes. Twice.",
  '\n\n```css\n.hero__title > span::before {\n  content: "\\201C";\n}\n```',
  "\n\n1. Open {feature}\n2. Duplicate the collection\n3. Publish — and it's gone\t(every time)",
  "\n\n<div class=\"w-embed\"><script>console.log('loaded & ready')</script></div>",
  "\r\n\r\nSent from my phone, sorry for typos",
  "\n\nC:\\projects\\site\\export.zip is {n} MB, by the way. '; DROP TABLE pages; -- as they say 😅",
  "\n\nUpdate: 👩‍💻🧑🏽‍🎨 we fixed it together on a call. 100 % recommended!",
];

const ELSEWHERE = [
  [
    "コレクションの絞り込みについて",
    "日本語のサイトを作っていますが、{feature} がうまく動きません。{tool} を使うべきでしょうか？",
  ],
  [
    "Frage zu {feature}",
    "Grüße aus Köln! Wir bauen {n} Seiten für einen Kunden und stoßen bei {feature} an Größenlimits. Schöne Lösung gesucht.",
  ],
  [
    "Duda con {feature}",
    "¿Alguien ha conseguido usar {feature} con {tool}? Llevo {n} días peleándome con esto, ¡gracias!",
  ],
  ["سؤال حول {tool}", "مرحبا، أعمل على موقع من {n} صفحات وأواجه مشكلة مع {feature}. هل من حل؟"],
  [
    "Проблема с {tool}",
    "Привет всем! После публикации {feature} перестаёт работать. Кто-нибудь сталкивался?",
  ],
  [
    "Petit retour d'expérience",
    "Après {n} semaines avec {tool}, voici ce que j'ai retenu : c'est « presque » parfait, à {feature} près…",
  ],
];

function fill(random, template) {
  return template.replace(/\{(\w+)\}/g, (_, slot) => {
    if (slot === "feature") return random.pick(FEATURES);
    if (slot === "project") return random.pick(PROJECTS);
    if (slot === "tool") return random.pick(TOOLS);
    if (slot === "n") return String(random.integer(2, 90));
    if (slot === "d") return String(random.integer(0, 9));
    return String(random.integer(1, 99) * 100);
  });
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function paragraph(random, sentences) {
  return random
    .sample(SENTENCES, Number(sentences))
    .map((sentence) => fill(random, sentence))
    .join(" ");
}

/** A post's title and body: now and then in another language, with code, a list or an aside. */
export function writePost(random, classification) {
  if (random.chance(0.05)) {
    const [title, body] = random.pick(ELSEWHERE);
    return { title: fill(random, title), body: fill(random, body) };
  }
  const title = capital(fill(random, random.pick(TITLES[classification])));
  const aside = random.chance(0.06) ? fill(random, random.pick(ASIDES)) : "";
  return { title, body: paragraph(random, random.weighted({ 1: 82, 2: 12, 3: 4, 4: 2 })) + aside };
}

/** A reply has no title of its own, and is mostly short. */
export function writeReply(random) {
  return random.chance(0.85) ? fill(random, random.pick(REPLIES)) : paragraph(random, 1);
}

export function writeSummary(random) {
  return capital(
    fill(
      random,
      random.pick(["Asks about {feature}.", "Shares work on {project}.", "Compares {tool} with {feature}."]),
    ),
  );
}

export function writeInsight(random, topic) {
  const title = fill(
    random,
    random.pick(["Growing interest in {feature}", "Friction around {feature}", "{tool} comes up more often"]),
  );
  const body = fill(
    random,
    `Over the week, ${topic} was discussed in {n} threads. People name {feature} and {tool} together; ` +
      "about {n} % of the replies are positive. Suggested next step: answer the three oldest open questions.",
  );
  return { title: capital(title), body };
}
