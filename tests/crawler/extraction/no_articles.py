"""Pages that are no article, in the shapes that servers, firewalls and portals give them, in words of our own."""

from collections.abc import Callable, Iterator

NAV = "<div class=nav><a href=/>首页</a> <a href=/gn/>国内</a> <a href=/gj/>国际</a> <a href=/cj/>财经</a></div>"
FOOT = "<div class=foot>版权所有 某某网 京ICP备00000000号 <a href=/about>关于我们</a></div>"
HOT = tuple(
    f"{place}{event}"
    for place in ("城东区", "临港镇", "青河县", "北岭市")
    for event in ("老街改造后重新开门迎客", "今年秋粮收购进度过八成", "中学生机器人比赛落幕", "新桥本月底建成通车")
)


def page(title: str, body: str, head: str = "") -> str:
    before = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
    return f"{before}<body>{body}</body></html>"


def framed(title: str, message: str, head: str = "") -> str:
    """The message in the frame of a portal: menu, hot list, footer."""
    return page(title, f"{NAV}<div class=main>{message}</div>{links(HOT[:6])}{FOOT}", head)


def links(titles: tuple[str, ...], date: str = "") -> str:
    rows = "".join(
        f"<li><a href=/2026/1121/{at}.html>{title}</a>{date and f' <span>{date}</span>'}</li>"
        for at, title in enumerate(titles)
    )
    return f"<ul>{rows}</ul>"


def template(message: str) -> str:
    """An article's page of which the text is gone: the headline and the date still stand."""
    return page(
        "城东老街改造完成 迎来首批游客_某某网",
        f"{NAV}<h1>城东老街改造完成 迎来首批游客</h1><p>2026-11-20 09:15 来源：某某日报</p><div class=zw>{message}"
        f"</div>{FOOT}",
    )


def teasers(titles: tuple[str, ...]) -> str:
    """A channel page: headlines, each with the beginning of its article and a date."""
    told = "记者昨天从有关部门获悉，这项工作已经全面展开，预计年底以前完成，沿线居民出行将更加方便。"
    return "".join(
        f"<div class=item><h3><a href=/a/{at}.html>{title}</a></h3><p>{at}日，{told}</p><span>2026-11-{at + 10} "
        "08:00</span></div>"
        for at, title in enumerate(titles)
    )


def _captchas() -> Iterator[tuple[str, str]]:
    yield "slider", page("安全验证", "<p>请向右拖动滑块完成拼图</p><div id=slide></div>")
    yield (
        "code",
        page(
            "访问验证", "<form><p>您的访问过于频繁，请输入下方验证码后继续。</p><input name=c><img src=/c.php></form>"
        ),
    )
    yield (
        "human",
        page("某某网", "<h2>人机验证</h2><p>为了确认您是真人，请完成下面的验证。</p><p>事件编号 8f3a99b210cd7e45</p>"),
    )
    yield (
        "moment",
        page("Just a moment...", "<h1>news.example.com</h1><p>Checking if the site connection is secure.</p>"),
    )
    yield (
        "verify",
        page(
            "news.example.com",
            "<p>Verify you are human by completing the action below.</p><p>Ray ID 8a01f2bc99d0e1f2</p>",
        ),
    )
    yield "traditional", page("安全驗證", "<p>請輸入圖片中的驗證碼，再按「確定」。</p>")
    yield "maker", page("", '<div id="box"></div><script src="https://static.geetest.com/v4/gt4.js"></script>')
    yield (
        "robot",
        page("Are you a robot?", "<p>Press and hold the button to confirm you are a human and not a bot.</p>"),
    )
    yield "russian", page("Проверка браузера", "<p>Подтвердите, что вы не робот, и нажмите кнопку.</p>")
    yield (
        "japanese",
        page("画像認証", "<p>画像に表示された文字を入力してください。ロボットではないことを確認します。</p>"),
    )


def _blocks() -> Iterator[tuple[str, str]]:
    yield (
        "firewall",
        page(
            "访问被阻断",
            "<h1>抱歉，您的访问被阻断</h1><p>由于您访问的地址可能对网站造成安全威胁，您的访问已被阻断。</p>"
            "<p>请求编号 7b2f00aa19c3e4d5 时间 2026-11-22 10:01:07</p>",
        ),
    )
    yield "often", page("提示", "<p>您的访问过于频繁，请稍后再试。</p>")
    yield "guard", page("网站防火墙", "<h2>网站防火墙</h2><p>您的请求带有不合法的参数，已被网站管理员设置拦截！</p>")
    yield (
        "denied",
        page(
            "Access Denied",
            "<h1>Access Denied</h1><p>You don't have permission to access this page on this server.</p>"
            "<p>Reference #18.5f2d1702.1763776867.2a9b</p>",
        ),
    )
    yield "forbidden", page("403 Forbidden", "<center><h1>403 Forbidden</h1></center><hr><center>nginx/1.24</center>")
    yield (
        "rate",
        page(
            "Error",
            "<h2>Too many requests</h2><p>You have sent too many requests in a short time. Try again in 10 "
            "minutes.</p>",
        ),
    )
    yield (
        "explained",
        page(
            "Attention: blocked",
            "<h1>You have been blocked</h1><p>You have been blocked from this site by its security service.</p>"
            "<p>Several actions can trigger this, such as a certain word, a command, or malformed data.</p>"
            "<p>Please write to the owner of the site and tell what you were doing when this page came up.</p>",
        ),
    )
    yield "region", page("提示信息", "<p>抱歉，您所在的地区暂时无法访问本站内容。</p>")
    yield "german", page("Zugriff verweigert", "<p>Der Zugriff auf diese Seite wurde verweigert.</p>")
    yield "french", page("Accès refusé", "<p>Votre adresse a fait trop de requêtes.</p>")
    yield "korean", page("접근 차단", "<p>비정상적인 접근이 감지되어 접근이 차단되었습니다.</p>")


def _logins() -> Iterator[tuple[str, str]]:
    yield "title", page("用户登录 - 某某网", "<form><p>账号</p><input name=u><p>密码</p><input type=password></form>")
    yield (
        "form",
        page("某某社区", "<form><label>账号</label><input name=u><input type=password></form><p>忘记了怎么办？</p>"),
    )
    yield "asked", framed("某某网", "<p>请先登录后查看全文。</p>")
    yield "members", framed("某某网", "<p>本栏目仅限会员阅读，开通会员后即可阅读全部内容。</p>")
    yield (
        "english",
        page("The Morning Paper", "<h2>Subscribe to continue reading</h2><p>Already a subscriber? Log in.</p>"),
    )
    yield "spanish", page("Iniciar sesión", "<p>Inicie sesión para leer la noticia.</p>")


def _maintenance() -> Iterator[tuple[str, str]]:
    yield "site", page("系统维护中", "<h1>系统维护中</h1><p>网站正在升级维护，给您带来不便，敬请谅解。</p>")
    yield "until", page("某某网", "<p>本站正在停机维护，预计2026年11月23日6时恢复访问。</p>")
    yield "english", page("Maintenance", "<p>Our site is under maintenance. We will be back soon.</p>")
    yield "server", page("502 Bad Gateway", "<h1>502 Bad Gateway</h1><hr>nginx")
    yield "database", page("某某网", "<p>数据库连接失败，请稍后重试。</p>")
    yield "french", page("Site en maintenance", "<p>Une maintenance est en cours. Revenez plus tard.</p>")
    yield "japanese", page("お知らせ", "<p>ただいまメンテナンス中です。しばらくお待ちください。</p>")


def _deleted() -> Iterator[tuple[str, str]]:
    yield "article", framed("某某网", "<p>该文章已被删除</p>")
    yield "by_writer", page("", "<div class=msg>该内容已被发布者删除</div>")
    yield "unlawful", page("提示", "<p>此内容因违规无法查看</p><p>由用户投诉并经平台审核，涉嫌违反相关规定。</p>")
    yield "offline", template("<p>抱歉，该稿件已下线。</p>")
    yield "in_template", template("<p>该文章已经被作者删除</p>")
    yield "account", page("", "<p>该公众号已被封禁，内容无法查看。</p>")
    yield "english", page("The Morning Paper", "<h1>Sorry</h1><p>This article has been removed.</p>")
    yield "japanese", page("某新聞", "<p>お探しの記事は削除されたか、公開を終了しました。</p>")
    yield "korean", page("뉴스", "<p>삭제된 기사입니다. 감사합니다.</p>")


def _missing() -> Iterator[tuple[str, str]]:
    yield "portal", framed("某某网", "<h2>抱歉，您访问的页面不存在</h2><p>您可以返回首页，或看看下面的新闻。</p>")
    yield "number", page("404", "<img src=/404.png><p>哎呀，页面走丢了</p>")
    yield "found", page("404 Not Found", "<h1>Not Found</h1><p>The requested URL was not found on this server.</p>")
    yield "countdown", page("提示信息", "<p>信息不存在或者尚未通过审核</p><p>3秒后自动跳转到首页</p>")
    yield "refresh", page("", "<a href=/>首页</a>", '<meta http-equiv="refresh" content="3;url=/">')
    yield "parameter", page("出错了", "<p>参数错误</p>")
    yield "traditional", framed("某某網", "<p>找不到您要瀏覽的網頁，請由首頁重新進入。</p>")
    yield "listed", page("找不到页面 - 某某网", f"{NAV}<h1>404</h1><h3>推荐阅读</h3>{teasers(HOT[:8])}{FOOT}")
    yield (
        "english",
        page("Page not found | The Morning Paper", "<h1>Oops!</h1><p>We can't find the page you're looking for.</p>"),
    )
    yield "german", page("Die Zeitung", "<h1>Seite nicht gefunden</h1><p>Diese Seite existiert leider nicht mehr.</p>")
    yield "french", page("Le Journal", "<p>La page que vous cherchez n'existe plus.</p>")
    yield "spanish", page("El Diario", "<p>La página no existe o ha cambiado de dirección.</p>")
    yield "russian", page("Газета", "<p>Страница не найдена. Возможно, адрес введён с ошибкой.</p>")
    yield "korean", page("신문", "<p>요청하신 페이지를 찾을 수 없습니다.</p>")
    yield "japanese", page("新聞", "<p>お探しのページは見つかりませんでした。</p>")


def _shells() -> Iterator[tuple[str, str]]:
    yield "mount", page("某某新闻", '<div id="app"></div><script src=/js/app.8f21.js></script>')
    yield (
        "noscript",
        page(
            "News",
            "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div><script "
            "src=/m.js></script>",
        ),
    )
    yield (
        "cookie",
        "<script>document.cookie='__jsl_clearance_s=1763776867|-1|x';location.href=location.pathname</script>",
    )
    yield "reload", page("", "<script>var a='k=1';document.cookie = a; window.location.reload();</script>")
    yield "loading", page("某某新闻", "<div class=load>正在加载中...</div><script src=/js/app.js></script>")
    yield (
        "chinese",
        page(
            "某某网",
            "<noscript>请启用 JavaScript 后继续浏览</noscript><div class=wrap></div><script src=/v.js></script>",
        ),
    )


def _listings() -> Iterator[tuple[str, str]]:
    yield (
        "channel",
        page("国内新闻 - 某某网", f"{NAV}<h2>国内新闻</h2>{links(HOT)}<p><a href=list_2.html>下一页</a></p>{FOOT}"),
    )
    yield "dated", page("滚动新闻_某某网", f"{NAV}{links(HOT, '2026-11-21')}{FOOT}")
    yield "teasers", page("本地 - 某某网", f"{NAV}<h2>本地</h2>{teasers(HOT)}{FOOT}")
    banner = "<p>2026年11月22日 星期日</p>"
    yield "bannered", page("某某网 - 城东门户", f"{banner}{NAV}{links(HOT)}{links(HOT, '11-21')}{FOOT}")
    sourced = teasers(HOT).replace("</p>", "</p><p>来源：某某日报</p>")
    yield "sourced", page("财经_某某网", f"{banner}{NAV}<h2>财经</h2>{sourced}{FOOT}")
    yield "search", page("搜索结果", f"{NAV}<p>共找到 {len(HOT)} 条结果</p>{teasers(HOT)}{FOOT}")
    yield (
        "front",
        page("某某网", f"{NAV}{''.join(f'<h3>{name}</h3>{links(HOT)}' for name in ('要闻', '财经', '体育'))}{FOOT}"),
    )


def _media() -> Iterator[tuple[str, str, str]]:
    pictures = "".join(f'<p><img src="/pic/{at}.jpg" width=900></p>' for at in range(6))
    head = "<p>2026-11-20 09:15 来源：某某网</p>"
    yield (
        "series",
        "gallery",
        page("组图：湖上晨雾_某某网", f"<h1>组图：湖上晨雾</h1>{head}{pictures}<p>11月20日，湖面起雾。</p>"),
    )
    yield "numbered", "gallery", page("老城夜色(1/9)", f"<h1>老城夜色</h1>{head}<img src=/p/1.jpg><p>夜色。</p>")
    yield (
        "player",
        "video",
        page(
            "视频：新桥合龙瞬间",
            f"<h1>视频：新桥合龙瞬间</h1>{head}<video src=/v/1.mp4></video><p>新桥今天上午合龙。</p>",
        ),
    )
    yield (
        "frame",
        "video",
        page(
            "Bridge closes",
            "<h1>The last gap of the bridge closes</h1><p>By Ann Reed</p><iframe "
            "src='https://player.example.com/embed/1'></iframe><p>Watch the moment here.</p>",
        ),
    )


def _adverts() -> Iterator[tuple[str, str]]:
    told = "<p>这款净水器采用新型滤芯，用户在家里就能更换，出水口感清甜。</p>" * 6
    yield (
        "label",
        page("净水器怎么选 三步教您挑到好产品", f"<div>商业推广</div><h1>净水器怎么选 三步教您挑到好产品</h1>{told}"),
    )
    yield (
        "stated",
        page(
            "净水器怎么选 三步教您挑到好产品",
            f"<h1>净水器怎么选 三步教您挑到好产品</h1>{told}<p>本文为商业推广信息。</p>",
        ),
    )
    yield (
        "sponsored",
        page(
            "Five ways to sleep well",
            "<h1>Five ways to sleep well</h1><p>Sponsored content"
            f"</p>{'<p>A good mattress lasts ten years and pays for itself, sleepers say.</p>' * 8}",
        ),
    )
    yield "parked", page("example.com", "<h1>This domain is for sale</h1><p>Make an offer today.</p>")


def corpus() -> list[tuple[str, str, str]]:
    """(name, reason, markup) of every page."""
    kinds: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
        "captcha": _captchas,
        "blocked_page": _blocks,
        "login_wall": _logins,
        "maintenance": _maintenance,
        "deleted": _deleted,
        "soft_404": _missing,
        "script_shell": _shells,
        "listing": _listings,
        "advert": _adverts,
    }
    told = [(f"{reason}-{name}", reason, markup) for reason, pages in kinds.items() for name, markup in pages()]
    return told + [(f"{reason}-{name}", reason, markup) for name, reason, markup in _media()]
