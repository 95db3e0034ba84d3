"""The words by which Chinese pages name what somebody did: 记者, 通讯员, 责任编辑, 一审, 摄影 ..."""

from __future__ import annotations

import re

LABEL = re.compile(r"\s{0,3}[:：/／|｜丨│\\]\s{0,3}")
"""What parts a role word from its names where it is a label. 丨 is a Han character: county papers draw bars by it."""

_AT_LABEL = r"(?=\s{0,3}[:：/／|｜丨│\\])"
_KINDS = (
    "本[报報网網刊台社]|见习|見習|首席|全媒体|全媒體|融媒体|融媒體|融媒|特派|高级|高級|资深|資深|新媒体|文字|调查|视频"
    "|驻[\u4e00-\u9fff]{2,4}"
)

# Order matters: the longer word stands before the one that it contains. What follows a word in brackets with `?!` makes
# another word of it (记者站, 编辑部). The group `other` has words that end a list of names and give no credit.
_WORDS = (
    (
        "supervisor",
        (
            r"总\s?监\s?制|總\s?監\s?製|监\s?制|監\s?製|監\s?制|签\s?发|簽\s?發|监\s?审|值班(?:总编辑?|编委|领导|主任|社长"
            r"|台长|值守)"
            r"|(?:执行|副)?(?:总\s?编辑?|總編輯?|主\s?编|主\s?編)(?![室办])" + _AT_LABEL
        ),
    ),
    ("other", r"(?:图片|视频|美术|数据)(?:编\s?辑|編\s?輯)(?![部室])|美\s?编|美術編輯"),
    (
        "duty_editor",
        r"(?:责任|責任|值班|执行|執行)\s?(?:编\s?辑|編\s?輯)|[责責]\s?[编編]|执编",
    ),
    ("proofreader", r"(?:责任|責任)?校\s?[对對]|[责責]校|[一二三]\s?校" + _AT_LABEL),
    (
        "reviewer",
        (
            r"审\s?核(?!通过|后)|審\s?核(?!通過|後)|审\s?校|審\s?校|(?:[一二三初复終终複])\s?[审審](?!法院|判决|宣判|开庭)"
            r"|审\s?读|审\s?稿|核\s?稿|审\s?阅|审\s?定|审\s?签|[编編]\s?[审審](?!委)|核\s?发" + _AT_LABEL
        ),
    ),
    ("compiler", r"(?:综合|綜合|编辑|編輯|记者|記者)?整\s?理(?!出|了|并|和|发)"),
    (
        "editor",
        (
            r"(?:见习|見習|实习|實習|本文|本期|网络|網絡|新媒体|文字|主任|频道|当班|微信|网页)?"
            r"(?:编\s?辑|編\s?輯)(?![部室器们們]|中心|制作|出版|精[选選]|推荐|整理|们)"
        ),
    ),
    ("intern", r"(?:实习|實習)(?:记者|記者|生)"),
    (
        "correspondent",
        r"(?:特约|特約)(?:记者|記者)|(?:特约|特約)?通\s?[讯訊]\s?[员員]|(?:供稿|来稿)(?:人|者|单位)?" + _AT_LABEL,
    ),
    (
        "reporter",
        (
            rf"(?:{_KINDS}){{0,3}}(?:[记記]\s?者(?![站会會团團证證节節们們协協招问問从從手观]|手记|获悉|了解)|特派[员員])"
            r"|采\s?写|採寫|采\s?访|採訪|采\s?编|(?<![\u3400-\u9fff])(?:報導|报道)(?=\s?[:：／/])"
        ),
    ),
    (
        "photographer",
        (
            r"(?:图片|圖片)?(?:摄\s?影|攝\s?影)(?:记者|記者|报道|報導)?|(?:图片|圖片)(?=\s?[:：])"
            rf"|(?<![\u3400-\u9fff])(?:摄|攝|图|圖){_AT_LABEL}"
        ),
    ),
    ("translator", r"[编編翻][译譯]|译者|譯者|(?<![\u3400-\u9fff])[译譯]" + _AT_LABEL),
    (
        "author",
        (
            r"作\s?者(?![系为為是单單声聲本授观觀个個自认認简簡提保按])|(?:特约|特約)?撰\s?稿人?|撰\s?文|执笔|執筆|主笔|主筆"
            rf"|(?:特约|本报|本网)?(?:评论员|評論員)|专栏作[者家]|(?:图文|圖文|文图|文圖|文、图|文字){_AT_LABEL}"
            rf"|[文图圖]\s?[/／、\\]{{1,2}}\s?[图圖文]|(?:(?<![\u3400-\u9fff])|(?<=本版))文{_AT_LABEL}"
            r"|(?<![^□■◎（(【])文(?=\s[\u3400-\u9fff])"
        ),
    ),
    (
        "other",
        (
            r"(?:视频|视觉|剪辑|制图|設計|设计|版式|排版|策划|統籌|统筹|出品|制作|发布|发布者|录入|上传|推荐|配图|供图|题图"
            r"|素材|绘图|海报|漫画"
            r"|主持人?|嘉宾|口述|翻拍|配音|栏目|来\s?源|來\s?源|时间|日期)" + _AT_LABEL
        ),
    ),
)
# A word begins with one of these: the look saves nine tenths of the time on text that names nobody.
_INITIALS = (
    "总總监監签簽值执執副主图圖视美数责責校一二三初复終终複审審核编編综綜记記见見实實本期网網新文频当微特通供来來首全融"
    "高资資驻调采採報报摄攝翻译譯作撰笔笔评評专"
    "整剪制設设版排策統统出发录上推配题素绘海漫口翻嘉栏时日"
)
ROLE = re.compile(
    f"(?=[{_INITIALS}])(?:"
    + "|".join(f"(?P<{role}{index}>{words})" for index, (role, words) in enumerate(_WORDS))
    + ")"
)


def role_of(hit: re.Match[str]) -> str:
    """The role that a hit of ROLE names: one of CREDIT_ROLES, or `other`."""
    return (hit.lastgroup or "other").rstrip("0123456789")
