"""Names of boxes that hold no article: of classes and ids, as content systems and their templates give them."""

from __future__ import annotations

import re

NEGATIVE_CLASS = re.compile(
    r"comment|cmt|pinglun|reply|relat(?:ed|ion|ive)?[-_]?(?:news|list|read|art|link|post|box)?|xiangguan|recommend|recom\b|tuijian"
    r"|guess|ranking|side_?bar|footer|breadcrumb|hotnews|hotlist|bottom_?nav"
    r"|(?:^|[\s_-])(?:rank|hot|foot|nav|menu|side|aside|crumbs?|share|sharebar|toolbar|disclaimer|copyright|statement"
    r"|shengming|survey|vote|more|ad|ads|adv|advert)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Class names and ids of boxes that hold no article. Worth nothing on pages of 2011, much on those of today."""
