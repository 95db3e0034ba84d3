"""Pages that stand between a visitor and the article: blocks, captchas, logins, maintenance.

The names are what titles of such pages consist of; the messages are said to the visitor, in the present tense, as the
products and servers that make such pages phrase them. News about captchas and maintenance says who, when and where.
"""

from __future__ import annotations

import re

from crawler.extraction.kinds.wording import Wording

_CAPTCHA_NAMES = re.compile(
    r"(?:请(?:您)?(?:先)?(?:进行|完成|输入)?)?(?:安全|人机|滑动|滑块|身份|真人|访问|人機|滑動)?(?:验证|验证码|驗證"
    r"|驗證碼|校验)(?:中心|中间页|页面?|中)?"
    r"|just a moment|attention required!?|security (?:check|verification)|(?:human|bot) verification|robot check"
    r"|are you (?:a )?(?:human|robot)\??|(?:re|h)?captcha|verify(?:ing)? (?:that )?you(?:'re| are) human"
    r"|bot or not\??"
    r"|client challenge|ddos-guard|one more step|checking your browser.{0,40}"
    r"|sicherheitsüberprüfung|vérification de sécurité|verificación de seguridad|セキュリティチェック|画像認証"
    r"|보안 ?확인"
    r"|자동입력 ?방지|проверка безопасности|проверка браузера"
    r"|\S{0,4}(?:安全|人机|滑动|身份)验证(?:页面?|中心)?|环境异常|robot or human\??",
    re.IGNORECASE,
)
_CAPTCHA = re.compile(
    r"[请請](?:您|你)?(?:先|在下方|继续|按照?提示)?(?:完成|进行|進行|通过|通過|输入|輸入|点击|點擊|拖动|拖動|按住"
    r"|向右|依次)[^。，]{0,14}?(?:验证|驗證|滑块|滑塊|滑动|拼图|校验)"
    r"|(?:向右|按住|拖动|拖動)[^。，]{0,8}(?:滑块|滑塊|滑动|拼图)|(?:为了?)?(?:确认|验证|证明|確認|驗證)(?:您"
    r"|你)?(?:的)?(?:操作|访问)?(?:是否)?(?:为|是)?(?:不是|非)?(?:机器人|機器人|真人|人类)"
    r"|正在(?:验证|检查|检测|核实|驗證|檢查)(?:您|你|浏览器|瀏覽器|访问)|(?:浏览器|瀏覽器)安全(?:检查|检测|檢查)"
    r"|\b(?:verify|confirm|prove|check|checking|make sure|ensure) (?:if |that |whether )?you(?:'re"
    r"| are)(?: not)? (?:a )?(?:human|robot|bot)"
    r"|\bi(?:'m| am) not a robot\b|\bchecking (?:if the site connection|your browser)|\bcomplete the (?:captcha"
    r"|security check|challenge|verification)"
    r"|\b(?:enter|type) the (?:characters|code|letters|text) (?:you see|shown|in the|below)|\bpress (?:and|&) hold\b"
    r"|\bverifying you are human|\bto continue, please (?:verify|complete|type)"
    r"|\bneeds to review the security of your connection"
    r"|\bbestätigen sie[^.]{0,30}(?:mensch|roboter)|\bkein(?:e)? roboter\b|\b(?:n'êtes|n’êtes|suis) pas un robot"
    r"|\bno (?:soy|eres|es) un robot"
    r"|ロボットでは(?:ない|ありません)|人間であること|画像に表示された文字|로봇이 아(?:닙|님)|보안 ?문자를 입력"
    r"|вы не робот|я не робот|подтвердите, что вы"
    r"|完成(?:安全|人机)?验证后(?:即可|方可|可以?)?(?:继续|访问)|\bmade us think (?:that )?you(?:'re| are"
    r"| were) a (?:bot|robot)",
    re.IGNORECASE,
)
_BLOCKED_NAMES = re.compile(
    r"(?:(?:您的|你的)?(?:访问|請求|请求|訪問|操作|ip)(?:已)?(?:被)?(?:拒绝|拒絕|阻断|拦截|攔截|禁止|受限|限制|异常"
    r"|異常|(?:过于)?频繁|過於頻繁))|禁止访问|拒绝访问|拦截提示|(?:网站)?(?:防火墙|安全狗|云锁)(?:拦截)?(?:提示)?"
    r"|无权限?(?:访问)?|没有权限|(?:您|你)的访问被阻断|(?:error ?)?40[369](?: ?-)?(?: ?(?:forbidden|错误|禁止访问"
    r"|error))?|forbidden|access (?:to this (?:page|site) has been )?(?:is )?(?:denied|blocked|restricted)"
    r"|(?:error ?)?429(?: ?-)?(?: ?too many requests)?|too many requests|request (?:blocked|rejected)"
    r"|the request could not be satisfied|blocked|you have been blocked|you are being rate limited"
    r"|waf|error 10(?:0[69]|1[025]|20)|zugriff verweigert|accès (?:refusé|interdit)|acceso denegado|アクセス(?:拒否"
    r"|制限)|접근 ?(?:거부|차단)|доступ (?:запрещ[её]н|ограничен|заблокирован)"
    r"|pardon our interruption|(?:该|此)?网站(?:暂时)?无法访问|(?:网站|域名)未备案",
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    r"(?:您|你|当前|此|该)的?(?:访问|訪問|请求|請求|连线|連線|IP(?:地址)?|网络|网段|操作"
    r"|行为)[^。，]{0,16}?(?:被(?:\S{0,6})?(?:拒绝|拒絕|阻断|拦截|攔截|禁止|限制|屏蔽|封)|(?:太|过于|過於)(?:频繁"
    r"|頻繁)|(?:存在|触发|疑似)\S{0,8}(?:异常|風險|风险|威胁|攻击|规则)|异常|異常|受限|不被允许)"
    r"|^\W{0,3}(?:访问|訪問|请求|請求|操作)(?:次数)?(?:太|过于?|過於?)(?:频繁|頻繁|快|多)|(?:检测到|檢測到|发现"
    r"|识别到)[^。，]{0,16}(?:异常|異常|可疑|恶意|攻击)(?:流量|访问|訪問|请求|行为|操作)[^。]{0,20}(?:阻断|拦截"
    r"|限制|禁止|验证|[您你])"
    r"|(?:防火墙|安全狗|云锁|云盾|创宇盾|玄武盾|网防|WAF|应用防护)[^。，]{0,12}(?:拦截|阻断|提示您|正在保护)"
    r"|(?:请求|提交)[^。，]{0,8}(?:含有|包含|带有)\S{0,6}(?:不合法|非法|危险|攻击)"
    r"|^\W{0,3}(?:抱歉[，,]?|对不起[，,]?|您|你){0,3}(?:无权|沒有權限|没有权限|没有被授权|禁止)(?:访问|查看|浏览"
    r"|訪問)|(?:您|你)所在的?(?:地区|国家|區域|区域|IP|网络)[^。，]{0,12}(?:无法|不能|暂不|禁止|受限)"
    r"|\byou(?:r (?:ip(?: address)?|access|request|connection))? (?:have been|has been|are being|are|was"
    r"|is) (?:temporarily |automatically )?(?:blocked|banned|denied|rate limited|restricted)"
    r"|\baccess (?:to this \S{1,20} )?(?:has been |is |was )?(?:denied|blocked|forbidden)\b|\byou (?:don't"
    r"|do not) have (?:permission|access|authorization) to (?:access|view)"
    r"|\byou are not authori[sz]ed to|\b(?:unusual|suspicious|automated) (?:traffic|activity|requests?"
    r"|queries)[^.]{0,40}(?:your|you|network)|\b(?:sent|made|received) too many requests"
    r"|\brequest (?:was )?(?:blocked|rejected) (?:by|due)|\bthe requested url was rejected|\bnot available (?:in"
    r"|from) your (?:country|region|location)|\bour systems have detected|\ban ad ?blocker\b|\bdisable your ad ?block"
    r"|\bzugriff (?:auf \S{1,30} )?(?:wurde )?(?:verweigert|gesperrt|blockiert)|\bzu viele anfragen"
    r"|\baccès (?:à \S{1,30} \S{0,20} ?)?(?:a été )?(?:refusé|interdit|bloqué)|\btrop de requêtes"
    r"|\bacceso (?:ha sido )?(?:denegado|bloqueado|restringido)|\bdemasiadas solicitudes"
    r"|アクセス(?:が|は)?(?:拒否|制限|禁止|ブロック)|アクセスが集中|접근(?:이)? ?(?:거부|차단|제한)"
    r"|비정상적인 (?:접근|트래픽)|доступ (?:к \S{1,30} )?(?:\S{1,20} )?(?:запрещ[её]н|ограничен|заблокирован)"
    r"|слишком много запросов"
    r"|未[^。，]{0,20}(?:办理|进行|完成)?备案[，。 ]|\brequest unsuccessful\b|\bincapsula incident\b|(?:已被"
    r"|被)(?:网站)?管理员(?:设置)?(?:为)?(?:拦截|禁止)",
    re.IGNORECASE,
)
_LOGIN_NAMES = re.compile(
    r"(?:用户|会员|會員|帐号|账号|统一|请先?|單一)?(?:登录|登陆|登錄|登入|身份认证)(?:页面?|中心|界面|注册|系统)?"
    r"|(?:登录|登入|登錄)[/|、 ]?(?:注册|註冊)|(?:please )?(?:log|sign)[ -]?in(?: to .{1,30})?|login(?: page"
    r"| required)?|subscribe to (?:read|continue).{0,30}"
    r"|anmelden|anmeldung|connexion|se connecter|iniciar sesión|ログイン|로그인|вход|авторизация|войти",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:请|請|需要?|必须|您?还?未|尚未)(?:您|你)?(?:先|重新)?(?:登录|登陆|登錄|登入)(?!\S{0,6}(?:评论|評論"
    r"|发[表言]|发布|留言|回复|参与|点赞|收藏|投票))"
    r"|(?:登录|登陆|登錄|登入|订阅|訂閱|注册|购买|开通)(?:会员)?(?:后|後|以后|会员)?(?:即可|才能|可|方可|才可|继续"
    r"|以)?(?:查看|阅读|閱讀|浏览|瀏覽|访问|解锁|观看)(?!\S{0,4}评论)|(?:仅限|只对|仅对|限)\S{0,4}(?:会员|會員|订阅"
    r"|注册用户|登录)\S{0,4}(?:阅读|查看|访问|开放|用户)"
    r"|(?:会员|會員|付费|付費|订阅)(?:专享|专属|專屬|可见|限定|内容[，。])|\b(?:log|sign)[ -]?in (?:to"
    r"|or \S{1,12} to) (?:continue|read|view|access|see|keep)|\b(?:subscribe|register) (?:now )?to (?:continue|keep"
    r"|read|unlock|view)|\b(?:for|to) subscribers only|\bplease (?:log|sign)[ -]?in\b"
    r"|\b(?:must|need to|have to) (?:be logged in|log in|sign in|register)|\bcreate (?:a|your) free account"
    r"|\balready a (?:subscriber|member)\b|\bbitte (?:melden sie sich|loggen sie sich)|\bveuillez vous (?:connecter"
    r"|identifier)|\bréservé aux abonnés|\b(?:inicia|inicie) sesión para"
    r"|\bsolo para suscriptores|ログインしてください|会員限定|로그인이 필요|로그인 (?:후|해)|(?:войдите"
    r"|авторизуйтесь)[^.]{0,20}(?:чтобы|пожалуйста|для)",
    re.IGNORECASE,
)
_MAINTENANCE_NAMES = re.compile(
    r"(?:网站|系统|服务器?|本站|站点|網站|系統|平台|频道)?(?:正在)?(?:维护|維護|升级|升級|改版|建设|建設|停机维护"
    r"|升级维护|维护升级)(?:中|提示|页面)?|(?:网站|系统|服务|網站|系統)(?:暂停|暫停)(?:服务|访问|服務)|(?:under "
    r"|site |scheduled |we are (?:under )?)?maintenance(?: mode)?|(?:be )?back soon|coming soon"
    r"|(?:(?:error|http) ?)?50[0234](?: ?-)?(?: .{0,3}(?:internal server error|bad gateway"
    r"|service (?:temporarily )?unavailable|gateway time-?out|error|错误))?|internal server error|bad gateway"
    r"|service (?:temporarily )?unavailable|gateway time-?out|server error|runtime error|database error"
    r"|服务器(?:内部)?错误|系统错误|系统异常|系统繁忙"
    r"|wartungsarbeiten|wartung(?:smodus)?|(?:site )?en maintenance|(?:sitio )?en mantenimiento|(?:システム|サイト"
    r"|サーバー)?メンテナンス(?:中)?|(?:시스템|서비스|서버|사이트) ?점검(?: ?중)?|технические работы"
    r"|сайт на обслуживании"
    r"|(?:website|account|site) suspended|(?:站点|网站)已?(?:关闭|停用|暂停)|welcome to nginx!?"
    r"|apache2? .{0,30}default page.{0,12}|it works!?|index of /\S{0,40}|iis windows(?: server)?|运行时错误",
    re.IGNORECASE,
)
_MAINTENANCE = re.compile(
    r"(?:网站|系统|本站|服务器?|站点|平台|页面|频道|網站|系統)(?!将)[^。，将將：:]{0,8}?(?:停机|维护中|維護中|升级中"
    r"|升級中|建设中|改版中|(?:正在|暂停|暫停)[^。，：:]{0,8}(?:维护|維護|升级|升級|改版|建设|建設|调整|調整|整改"
    r"|检修|檢修|迁移|遷移|重启|恢复|备案|访问|訪問|服务|服務))|正在(?:进行)?(?:系统"
    r"|网站|停机|紧急|例行)?(?:维护|維護|升级|升級|建设|改版)(?:中|[，。！,!…]|$)"
    r"|(?:系统|服务器?|网络)(?:繁忙|开小差|内部错误|出错|异常|忙)[^。]{0,8}(?:稍后|稍候|重试|刷新|请)|(?:数据库"
    r"|資料庫)(?:连接|連接|查询)?\S{0,4}(?:错误|失败|错|失敗)|服务(?:暂时|暂)不可用"
    r"|\b(?:site|website|page|service|server|we)\b[^.]{0,30}(?:under(?:going)?|down for|performing"
    r"|in) (?:\S{1,12} ){0,2}(?:maintenance|construction|upgrades?)|\bwe(?:'ll| will) be (?:right )?back\b"
    r"|\b(?:service|server|site|page) (?:is )?(?:temporarily |currently )(?:unavailable|down|offline)"
    r"|\berror establishing a database connection|\b(?:internal server error|bad gateway|gateway time-?out)\b"
    r"|\bserver encountered an internal error|\bthe server is (?:temporarily )?(?:unable|overloaded|busy)"
    r"|\btechnical difficulties\b"
    r"|\bwartungsarbeiten\b|\bwegen wartung\b|\bmaintenance en cours|\bactuellement en maintenance"
    r"|\bestamos en mantenimiento|\ben mantenimiento\b|メンテナンス(?:中|を実施|のため)|점검 ?중|технические работы"
    r"|техническим причинам|ведутся работы"
    r"|[请請](?:您)?(?:稍后|稍候|稍後|过会儿?)(?:再试|重试|再次?尝试|尝试|再来|再訪|再访问|再試|刷新)"
    r"|应用程序中的服务器错误|\bserver error in '|(?:站点|网站)(?:已经?|已被|被)[^。，]{0,8}(?:关闭|停止运行|停用)"
    r"|\b(?:account|site|website) (?:has been|is) suspended|\btry again (?:later|shortly|in a (?:few|moment|minute))",
    re.IGNORECASE,
)

CAPTCHA = Wording(reason="captcha", names=_CAPTCHA_NAMES, messages=_CAPTCHA)
BLOCKED = Wording(reason="blocked_page", names=_BLOCKED_NAMES, messages=_BLOCKED)
LOGIN = Wording(reason="login_wall", names=_LOGIN_NAMES, messages=_LOGIN, in_articles=False)
MAINTENANCE = Wording(reason="maintenance", names=_MAINTENANCE_NAMES, messages=_MAINTENANCE, in_articles=False)
