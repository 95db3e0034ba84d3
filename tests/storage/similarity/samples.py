"""Articles that the tests of similarity compare: a report, forms that are filled in, and other reports. Made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.similarity.document import Document, document

NOON = datetime(2024, 5, 6, 12, 30, tzinfo=UTC)

BRIDGE_TITLE = "青石县老石桥修缮完工 村民进城少绕8公里"
BRIDGE = """本报讯 5月6日上午，青石县马家渡老石桥的围挡拆了，停了七个月的桥面重新通车。桥头卖豆腐的周大嫂第一个推车过去，回来时说路平了，车轮不再颠。
这座桥建于1931年，长62米，宽5.4米，前年汛期桥墩被冲出裂缝，县交通局把它定为危桥。封桥以后，对岸三个村的1200多名村民进城要从上游水电站绕行，多走8公里。
修缮花了430万元，工人先在河床里打下28根钢管桩，再把松动的条石一块块编号拆下，清洗后按原样砌回去。负责施工的韩师傅说，能用的老石头留下了九成，新添的石料也是从原来的山场采的。
为了不让大货车压坏老桥，桥头装了限高杆，车高不得超过2.6米。县里在下游500米处规划了一座新桥，计划明年开工，建成以后老桥只走行人和自行车。
傍晚时分，桥上聚了不少散步的人。住在对岸的退休教师罗老师带着孙子数桥栏上的石狮子，一共36只，有两只是照着老照片新刻的。他说小时候上学天天走这座桥，如今孙子也能走了。"""  # noqa: E501

MARKET_TITLE = "红枫镇夜市收摊后的一小时"
MARKET = """晚上十一点半，红枫镇夜市的灯一盏盏灭下去，真正忙起来的是保洁班的人。班长赵秀兰把竹扫帚靠在推车上，先绕着摊位走一圈，看哪里有油渍，哪里的下水口堵了。
她说刚开市那几年，摊主把剩汤往路边一倒就走，第二天早上满街都是味道。后来镇里给每个摊位发了桶，桶满了有人来收，可是桶常常不够用，还得靠大家自觉。
保洁班一共九个人，最大的六十三岁。他们从东头扫到西头，用热水冲一遍地面，再把垃圾运到中转站，做完往往已经过了零点。附近居民楼的灯差不多都熄了，只剩便利店还亮着。
有几个摊主留下来一起扫。卖烤豆皮的小何说自己年轻，扫两下不累，再说地方干净了客人才愿意坐下来吃。赵秀兰把扫好的纸箱捆起来送给他，让他第二天垫锅用。"""  # noqa: E501

NOTICE_TITLE = "停水公告"


def notice(road: str, company: str, day: int, hour: int) -> str:
    """A form of which another is printed each week."""
    return (
        f"尊敬的用户：因{road}供水管网改造施工需要，{company}定于{day}日{hour}时起对{road}沿线及周边小区暂停供水，"
        f"预计停水{hour + 3}小时。请{road}沿线各单位和居民提前做好储水准备，关好水龙头，以免来水时造成损失。"
        "恢复供水初期可能出现短时水质浑浊，放水片刻即可恢复正常。给您的生活带来不便，敬请谅解，特此公告。"
        f"如有疑问，请拨打{company}客服热线咨询，工作人员将竭诚为您服务，并及时通报施工进展情况。"
    )


def welcome(guest: str, country: str) -> str:
    """A form in which only names differ."""
    return (
        f"市长在市民中心会见了来访的{country}友好城市代表团团长{guest}一行。市长对{guest}的到来表示欢迎，"
        f"介绍了本市经济社会发展情况，希望双方在教育、文化、旅游等领域加强交流，推动友城合作不断取得新的成果。"
        f"{guest}感谢市长的热情接待，表示愿意为两市人民的友谊多做工作，期待代表团此行取得圆满成功。"
        f"会见前，{guest}一行参观了城市规划展览馆和老街，观看了非物质文化遗产展演。市政府有关部门负责人参加会见。"
    )


def an_article(text: str, title: str | None = None, *, at: datetime | None = NOON, day_only: bool = False) -> Document:
    """The text as it is compared."""
    return document(title, text, at, day_only=day_only)


def days(count: int) -> datetime:
    """So many days after noon."""
    return NOON + timedelta(days=count)
