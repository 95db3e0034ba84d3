"""Articles that look like barriers, error pages, lists or galleries, written for the tests."""

from tests.crawler.extraction.no_articles import FOOT, HOT, NAV, links, page

HEAD = "<p>2026-11-20 09:15 来源：某某日报</p>"
TOLD = (
    "市民王先生说，他早上出门前打开手机，发现页面上只有一行提示，等了半个小时才恢复。",
    "相关负责人回应称，技术人员已经找到原因，并在当天中午以前全部处理完毕。",
    "专家认为，这类问题在用户集中访问的时段更容易出现，运营单位应当提前做好预案。",
)
ENGLISH = (
    "The council voted on Tuesday to replace the old bridge before the winter of next year.",
    "Residents said the works had been promised for a decade, and that they would believe it when they saw it.",
    "A spokesman for the contractor said that the road would stay open on weekdays throughout.",
)


def article(title: str, *lines: str, head: str = HEAD, more: str = "", beside: str = "") -> str:
    body = "".join(f"<p>{line}</p>" for line in lines)
    return page(
        f"{title}_某某网", f"{NAV}<h1>{title}</h1>{head}<div class=zw>{body}{more}</div>{beside}{links(HOT)}{FOOT}"
    )


def english(title: str, *lines: str, more: str = "") -> str:
    body = "".join(f"<p>{line}</p>" for line in lines)
    return page(
        f"{title} | The Morning Paper", f"<h1>{title}</h1><p>By Ann Reed</p><p>20 November 2026</p>{body}{more}"
    )


BANK = (
    "为提供更优质的服务，某某银行将于2026年11月25日0时至6时进行系统维护，届时手机银行、网上银行将暂停服务。",
    "其间，自动柜员机的存取款业务不受影响，给您带来不便，敬请谅解。",
)
PICTURE = "<p><img src=/pic/1.jpg width=900></p>"
CAPTION = (
    "11月20日，北岭市湖滨公园，几名摄影爱好者在晨雾中拍摄越冬的天鹅。近年来，当地持续修复湿地，"
    "每年来此越冬的候鸟超过三千只。"
)

CORPUS: dict[str, str] = {
    "about_404_pages": article("多家网站“页面不存在”背后：死链接治理提上日程", *TOLD),
    "film_404": article(
        "《404房间》定档 12月5日上映", "悬疑电影《404房间》今天宣布定档，讲述一间不存在的客房里发生的故事。", *TOLD
    ),
    "captcha_news": article(
        "12306网站取消图形验证码",
        "记者昨天获悉，购票网站已经取消图形验证码，旅客无需再向右拖动滑块完成验证。",
        *TOLD[:1],
    ),
    "captcha_short": article(
        "购票网站取消验证码",
        "本报讯 记者昨天从铁路部门获悉，从下月1日起，旅客在网站购票时不再需要输入图形验证码，改为短信验证，"
        "老年旅客仍可到车站窗口购票。",
    ),
    "login_news": article("多家网站要求登录后查看全文 律师：应当明示", *TOLD),
    "login_beside": article("北岭市图书馆延长开放时间", *TOLD, beside="<div>请先登录后发表评论</div>"),
    "bank_maintenance": article("某某银行关于系统维护的公告", *BANK),
    "bank_undated": article("某某银行关于系统维护的公告", *BANK, head=""),
    "tax_maintenance": article(
        "电子税务局系统升级维护 25日起暂停办理", "记者从税务部门获悉，电子税务局正在进行系统维护，25日恢复。", *TOLD
    ),
    "game_maintenance": article("热门网游停机维护8小时 玩家：终于能早睡", *TOLD),
    "blocked_news": article("高校网站访问过于频繁被限制 学生选课难", *TOLD),
    "deleted_news": article(
        "官方微博深夜致歉 此前文章已被删除", "昨晚，该文章已被发布者删除，但截图仍在网上流传。", *TOLD
    ),
    "deleted_short": article(
        "网红视频被下架",
        "平台昨天通报，该视频已被删除，发布者的账号被禁言十五天，有关部门正在进一步调查此事，"
        "并将依法依规作出严肃处理。",
    ),
    "crash_news": article("服务器繁忙！抢票软件开售即崩溃", "不少用户看到“系统繁忙，请稍后再试”的提示。", *TOLD),
    "javascript_news": english(
        "Why sites ask you to enable JavaScript",
        "Many pages say you need to enable JavaScript to run this app.",
        *ENGLISH,
    ),
    "access_denied": english("Access denied: reporters kept out of council meeting", *ENGLISH),
    "not_found": english("Missing hiker not found after three days", *ENGLISH),
    "maintenance_english": english("City pool closed for maintenance until May", *ENGLISH),
    "robot": english("I am not a robot, says robot", *ENGLISH),
    "caption": article("北岭湖滨公园迎来越冬天鹅", CAPTION, more=PICTURE),
    "captions": article("组图：北岭湖滨公园迎来越冬天鹅", CAPTION, more=PICTURE * 5),
    "video": article("视频：新桥合龙 通行时间缩短一半", *TOLD, more="<video src=/v/1.mp4></video>"),
    "video_told": article(
        "视频：新桥合龙", CAPTION, TOLD[0], more="<iframe src=//player.example.com/embed/1></iframe>"
    ),
    "beside_lists": article("青河县今年改造老旧小区四十个", TOLD[1], TOLD[2], beside=links(HOT * 4, "2026-11-21")),
    "roundup": article("一周要闻回顾", *(f"{title}。{TOLD[1]}" for title in HOT[:6])),
    "advert_places": article(
        "青河县今年改造老旧小区四十个", "广告", *TOLD, "广告", beside="<div>推广</div><div>广告</div>"
    ),
    "advert_news": article("虚假广告整治行动启动 首批查处12家企业", *TOLD),
    "script_framework": page(
        "新桥合龙",
        f'<div id="app"><h1>新桥今天上午合龙</h1>{HEAD}{"".join(f"<p>{x}</p>" for x in TOLD)}</div>'
        "<noscript>You need to enable JavaScript</noscript>",
    ),
    "undated": article("老街改造后重新开门迎客", *TOLD, TOLD[1], head=""),
    "password_field": page(
        "新桥合龙_某某网",
        f"<form><input type=password></form>{NAV}<h1>新桥今天上午合龙</h1>{HEAD}<p>{TOLD[0]}</p><p>{TOLD[1]}</p>{FOOT}",
    ),
}
