"""Five hundred hostile texts: what wants to run, put where it might break out, and what only wants to be misread."""

from itertools import islice, product

RUN = "journeyFault('ran')"
"""What a payload would do; the stage takes it as a fault."""

ACTS = (
    f"<script>{RUN}</script>",
    "<script src=/journey-hostile></script>",
    f"<img src=/journey-hostile onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x></svg>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<iframe src=javascript:parent.{RUN}></iframe>",
    f"<a href=javascript:{RUN}>x</a>",
    f"<a href='java\tscript:{RUN}'>x</a>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<object data=javascript:{RUN}></object>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=/journey-hostile>",
    "<meta http-equiv=refresh content='0;url=/journey-hostile'>",
    "<style>body{background:url(/journey-hostile)}</style>",
    "<form action=/journey-hostile><button autofocus>x</button></form>",
    "<div hx-post=/journey-hostile hx-trigger=load>x</div>",
    "<div hx-get=/journey-hostile hx-trigger='every 1s'>x</div>",
    f"<div hx-on:load={RUN}>x</div>",
    f"<div hx-on::after-swap={RUN}>x</div>",
    "<div hx-ws:connect=/journey-hostile>x</div>",
    "<div hx-ext=ws ws-connect=/journey-hostile>x</div>",
    "<div data-hx-get=/journey-hostile data-hx-trigger=load>x</div>",
    "<div id=comments-queue hx-swap-oob=true>gone</div>",
    "<ul id=comments-pinned hx-swap-oob=innerHTML:#content>gone</ul>",
    "<div id=offers-panel hx-swap-oob=delete></div>",
    "<hx-partial hx-target=body hx-swap=innerHTML>taken over</hx-partial>",
    "<hx-partial hx-target='#content'><h1>taken</h1></hx-partial>",
    "<template hx type=partial hx-target=body><h1>taken</h1></template>",
    '<button data-command=kill_offers data-args=\'{"reason":"x"}\' data-key=j>x</button>',
    "<count-down to=1></count-down><data-age at=1></data-age>",
    f"x onmouseover={RUN} autofocus onfocus={RUN} y=",
    f"${{{RUN}}} {{{{ {RUN} }}}} {{% raw %}} <%= {RUN} %> #{{{RUN}}}",
    f"javascript:{RUN}",
)
"""Each would be noticed if it were not text."""

BREAKOUTS = (
    f"<svg><script>{RUN}</script></svg>",
    f"<body onload={RUN}>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    "<embed src=/journey-hostile>",
    '</bdi></p></li></hx-partial><hx-partial hx-target="#content"><h1>taken</h1></hx-partial>',
    f'"><img src=/journey-hostile onerror={RUN}>',
    f"' onmouseover='{RUN}' x='",
    f"`-alert(1)-` ${{{RUN}}} {{{{ 7 * 7 }}}} {{% raw %}} {{{{ v.__class__ }}}}",
    f"<!-- --><![CDATA[<script>{RUN}</script>]]>",
)
"""What ends first what it may stand in."""

PLACES = (
    "{}", '">{}', "'>{}", "`>{}", "</bdi></p></li>{}", "</hx-partial>{}", "</textarea></title></style></script>{}", "--><!--{}-->",
    "<![CDATA[{}]]>", "<template>{}</template>", "<noscript>{}</noscript>", "<math><mtext><mglyph>{}", "\x1b[31m{}\x1b[0m", "{}\r\nSet-Cookie: a=b",
    "\u202e{}\u202c",
)  # fmt: skip
"""What a text may stand in, ended from inside."""

MISREADINGS = (
    "price 9.9 \u202e9.99 \u202c\u2066hidden\u2069", "\u202e00.99¥ only today", "x" + "\u0300\u0316\u0489" * 166, "e" + "\u0301" * 500,
    "👨" + "\u200d👩" * 60, "\ufdfa" * 200, "\U000e0001\U000e0068\U000e0069 tags", "ｓｃｒｉｐｔ＞", "аdmin (Cyrillic)", "A\u200b\u200c\u2060dmin",
    "&lt;img src=x onerror=" + RUN + "&gt; &#60;script&#62;", "=HYPERLINK(\"http://evil.example\")", "@SUM(A1)", "＝1+1", "+1", "-1", "\t=1",
    "\\u003cscript\\u003e", "%3Cscript%3E", "null", "undefined", "NaN", "__proto__", "constructor", "{\"v\":1,\"kind\":\"patch\"}",
    "line\nbreak", "\u2028\u2029", "\ufeffbom", "w" * 3_000, "\U0001f1e8\U0001f1f3" * 100,
)  # fmt: skip

FIVE_HUNDRED = tuple(
    islice(
        dict.fromkeys((*MISREADINGS, *BREAKOUTS, *(place.replace("{}", act) for place, act in product(PLACES, ACTS)))),
        500,
    )
)
A_FEW = (
    *BREAKOUTS,
    *(text for text in MISREADINGS if text.startswith(("price", "&lt;"))),
    *[act for act in ACTS if act.isprintable()][-29:],
)
"""The forty questions a recap lists, each taken through the whole room. (What cannot be printed is not shown as written;
the first acts are what breaks out here.)"""
