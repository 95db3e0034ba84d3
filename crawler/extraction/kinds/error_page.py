"""Pages that say, with status 200, that there is nothing here: deleted articles and addresses that lead nowhere."""

from __future__ import annotations

import re

from crawler.extraction.kinds.wording import Wording

_THING = (
    "(?:页面|頁面|网页|網頁|文章|内容|內容|新闻|新聞|资源|資源|信息|资讯|链接|鏈接|連結|稿件|帖子|专题|视频|图集"
    "|文件|网址|地址|栏目"
    "|频道|主题|文档)"
)
_REMOVED = "(?:删除|刪除|移除|下线|下線|下架|撤下|撤稿|撤回|屏蔽|隐藏|关闭|封禁|清理)"
_WRITING = "(?:article|page|post|content|story|item|file|url|link|document|video|entry)"

_DELETED_NAMES = re.compile(
    rf"(?:该|此|本|您(?:访问|查看)的)?{_THING}(?:已经?|已被|被){_REMOVED}|(?:已|已被){_REMOVED}"
    rf"|(?:error ?)?410(?: ?-)?(?: gone)?|gone"
    r"|(?:article|page|post|content) (?:removed|deleted)|artikel gelöscht|article supprimé|artículo eliminado"
    r"|削除済み|삭제된 (?:기사|페이지|게시물)|материал удал[её]н",
    re.IGNORECASE,
)
_DELETED = re.compile(
    rf"{_THING}[^。，,或能]{{0,8}}?(?:已(?:经|被|經)?|被)[^。，,]{{0,10}}?{_REMOVED}"
    rf"|(?:该|此|本|您[^。，]{{0,4}}的)[^。，或能]{{0,8}}(?:已(?:经|被)?|被)(?:\S{{0,6}}?){_REMOVED}"
    rf"|{_THING}[^。]{{0,4}}(?:因|由于|涉嫌)?[^。]{{0,12}}(?:违规|违法|违反|投诉|侵权|版权)[^。]{{0,20}}(?:无法"
    rf"|不能|不予|停止|不可)(?:查看|显示|访问|浏览|阅读)"
    rf"|(?:该|此|本)(?:账号|帐号|公众号|用户|作者|店铺)[^。，]{{0,8}}(?:已|被)[^。，]{{0,6}}(?:封|注销|屏蔽|冻结"
    rf"|停用|关闭)"
    rf"|\b(?:this|the|that)(?: \S{{1,20}})? {_WRITING}\b[^.]{{0,30}}(?:has|have|was|been|is)[^.]{{0,10}} (?:removed"
    rf"|deleted|taken down|withdrawn|unpublished|archived)"
    r"|\bhas been (?:permanently )?(?:removed|deleted) (?:by|from|at)"
    r"|\b(?:artikel|beitrag|seite|inhalt)\b[^.]{0,20}(?:gelöscht|entfernt)|\b(?:article|page"
    r"|contenu)\b[^.]{0,20}(?:supprimée?|retirée?)\b|\b(?:artículo|página|contenido)\b[^.]{0,20}(?:eliminad[oa]"
    r"|retirad[oa])"
    r"|(?:記事|ページ|投稿)[^。]{0,10}(?:削除|公開終了|公開を終了|掲載(?:を|期間)?(?:が|は)?終了)|(?:기사|게시물"
    r"|페이지|글)[가는은이]? ?(?:\S{1,6} )?(?:삭제|내려)|삭제(?:된|되었) ?(?:기사|게시물|페이지|습니다)|(?:материал"
    r"|страница|статья|публикация)[^.]{0,12}(?:удал[её]н|снят)"
    rf"|(?:该|此|本)[^。，]{{0,4}}{_THING}[^。，]{{0,6}}(?:仅作者可见|仅自己可见|私密)",
    re.IGNORECASE,
)
_MISSING_NAMES = re.compile(
    r"(?:error|http|错误|錯誤|status)?[ :：-]{0,3}404(?:[ :：,，.·|!！-]{0,4}(?:not found|error|错误|錯誤|页面?"
    r"|頁面|找不到|page|nothing here|oops|file|seite|erreur|未找到|提示|您访问的页面不存在|页面不存在|页面未找到"
    r"|找不到页面|找不到网页|page not found|file not found|not found page)){0,2}"
    r"|(?:page |file |article |url |oops,? )?(?:not|nothing) found|(?:the )?page (?:cannot|can't"
    r"|could not) be found|page (?:doesn't|does not) exist|page unavailable"
    rf"|(?:抱歉|对不起|很抱歉)?\W{{0,2}}(?:您|你)?(?:所)?(?:要)?(?:访问|查看|请求|浏览|查找"
    rf"|打开)?的?{_THING}(?:不存在|没有找到|沒有找到|找不到|未找到|无法找到|已失效|已过期|丢失了?|不见了|走丢了"
    rf"|无法访问|无法显示|出错了?|错误)"
    rf"|(?:找不到|没有找到|未找到|无法找到|无法显示)(?:该|此|您[^。]{{0,6}}的)?{_THING}|出错(?:了|啦|提示|页面?)?"
    rf"|错误(?:页面?|提示|信息)?|錯誤(?:頁面|提示|訊息)?|(?:系统|信息|操作|温馨|友情)?(?:提示|提醒)(?:信息|页面?"
    rf"|消息)?|系統提示|提示訊息"
    r"|(?:正在)?(?:跳转|跳轉)(?:中|页面?|提示)?|redirect(?:ing)?|error(?: page)?|oops!?|something went wrong"
    r"|document moved|object moved|moved (?:permanently|temporarily)"
    r"|(?:fehler 404.{0,3})?seite nicht gefunden|fehler|page (?:introuvable|non trouvée)|erreur(?: 404)?"
    r"|página no encontrada|ページが見つかりません(?:でした)?|お探しのページは?.{0,14}|페이지를 찾을 수 없(?:습니다"
    r"|음)|오류(?: 페이지)?|страница не найдена|ошибка(?: 404)?",
    re.IGNORECASE,
)
_MISSING = re.compile(
    rf"{_THING}(?:或\S{{0,8}})?[^。，,]{{0,8}}?(?:不存在|没有找到|沒有找到|找不到|未找到|无法找到|無法找到|已失效"
    rf"|已过期|已過期|丢失了|不见了|走丢了|去火星了|打不开|无法(?:访问|显示|打开)|正在(?:审核|审查)|参数(?:错误"
    rf"|有误))"
    rf"|(?:找不到|没有找到|沒有找到|未找到|无法(?:找到|显示|打开)|不存在)[^。，,]{{0,12}}{_THING}|(?:您"
    rf"|你)(?:所)?(?:要)?(?:访问|查看|请求|浏览|查找|寻找|輸入|输入)[^。]{{0,12}}(?:不存在|有误|错误|不到)"
    rf"|参数(?:错误|有误|不正确)|非法(?:参数|请求|操作)|没有您要(?:访问|查找)的"
    r"|[\d一二三四五六八十]{1,3}\s?秒(?:钟|鐘)?\s?(?:后|後|之后|内|內)?[^。]{0,10}(?:跳转|跳轉|返回|转到|转入|进入"
    r"|跳至|转向|关闭)|(?:正在|即将|将自动|自动)(?:为您)?(?:跳转|跳轉|返回首页|转到首页)|如果(?:您的)?(?:浏览器"
    r"|页面)没有(?:自动)?跳转"
    rf"|\b{_WRITING}\b[^.]{{0,40}}(?:(?:not|n't|cannot|can't) (?:be )?(?:found|available|exist|located)|not found"
    rf"|no longer (?:exists?|available|here|online)|doesn't exist|has (?:been )?(?:moved|expired))|\b(?:can't"
    rf"|cannot|can not|couldn't|could not|unable to) (?:seem to )?(?:find|locate) (?:the|that|this"
    rf"|what) [^.]{{0,24}}(?:{_WRITING}|looking)"
    r"|\bnothing (?:was )?found (?:here|at)|\bthe page you(?:'re| are| were| have)?[^.]{0,30}(?:looking|request"
    r"|tried)|\b404\b[^.]{0,16}(?:not found|error|page)|\bnot found on this server|\b(?:redirect(?:ed|ing)?|taken"
    r"|forwarded)\b[^.]{0,40}\b(?:in|after|within) \d{1,2} seconds?|\byou (?:will be|are being) redirected"
    r"|\bif you are not redirected"
    r"|\bseite[^.]{0,24}(?:nicht (?:gefunden|mehr|verfügbar)|existiert (?:leider )?nicht)|\b(?:page"
    r"|contenu)[^.]{0,40}(?:introuvable|n['’]existe (?:pas|plus)|n['’]est (?:pas|plus) disponible"
    r"|n['’]a pas été trouvée)|\bpágina[^.]{0,24}(?:no (?:existe|encontrada|disponible|se (?:ha )?encontr)|ya no)"
    r"|\bno (?:se )?(?:hemos |ha )?(?:encontrado|pudimos encontrar|encontramos) la página"
    r"|(?:ページ|記事|URL)[はがを]?[^。]{0,14}(?:見つかりません|存在しません|見つけることができません|ありません)"
    r"|お探しの(?:ページ|記事)|페이지(?:를|가|을)? ?(?:찾을 수 없|존재하지)|존재하지 않는 (?:페이지|기사)"
    r"|잘못된 (?:접근|주소|경로)|(?:страниц[аыу]|материал|документ)[^.]{0,24}(?:не (?:найден|существует|удалось)"
    r"|больше нет)|такой страницы"
    rf"|(?:无|没有|沒有)(?:此|该|这个){_THING}|[\d一二三四五六八十]{{1,3}}\s?秒[^。]{{0,10}}(?:带您|带你|送您|导回"
    rf"|導回|回到)",
    re.IGNORECASE,
)

DELETED = Wording(reason="deleted", names=_DELETED_NAMES, messages=_DELETED)
MISSING = Wording(reason="soft_404", names=_MISSING_NAMES, messages=_MISSING)

_APOLOGY = re.compile(
    r"^\W{0,3}(?:很|非常|真)?(?:抱歉|对不起|對不起|不好意思|遗憾)|^\W{0,3}(?:(?:we(?:'re| are) )?(?:very )?sorry"
    r"|oops|we apologi[sz]e)\b"
    r"|^\W{0,3}(?:désolé|lo sentimos|leider|entschuldigung|申し訳|죄송|извините|к сожалению)",
    re.IGNORECASE,
)


def apology(line: str) -> str | None:
    """The words with which a line begs pardon, or None. Who says no more than that has no article to show."""
    found = _APOLOGY.search(line[:40])
    return found[0] if found else None
