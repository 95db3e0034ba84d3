"""An article of ours in Chinese and one in English, and what portals put around such."""

BODY = """\
清河镇供水站昨天换上了新的水泵，全镇一万两千户居民从此不再为夏天的水压发愁。
站长杨立民介绍，旧水泵用了二十三年，去年夏天先后停了七次，最长的一次让北街断水三天。
“换泵那天夜里，我们十几个人守着阀门，一直守到天亮。”他说，新泵每小时能送水四百吨，比旧泵多出一半。
水泵之后
镇里还打算明年更换北街的铁管。那里的管道铺设于1978年，漏损率一度达到三成，维修记录写满了两个本子。
居民李桂兰住在北街六楼，她把储水的大缸搬下了楼：“以后用不着半夜起来接水了。”"""

HEAD = """\
首页 | 新闻 | 财经 | 体育 | 娱乐 | 汽车 | 房产 | 论坛
您的位置： 首页 > 新闻中心 > 本地新闻
清河镇换新水泵 居民告别低水压
2012-03-04 09:12  来源：清河日报  作者：何平  阅读：1203  评论：8  字号：[大 中 小]"""

TAIL = """\
（责任编辑：周云）
上一篇：清河镇举办春季运动会
下一篇：北街铁管更换工程公开招标
相关新闻
南湾水库蓄水量创十年新高(03-02)
供水站开放日迎来三百名学生 2012-02-28
近日，南湾水库的蓄水量达到了十年来的最高点，管理处的工作人员正在连夜检查每一道闸门，预计本周末……[详细]
免责声明：本文仅代表作者个人观点，与本网无关，其原创性以及文中陈述文字和内容未经本站证实，请读者仅作参考。
凡本网注明“来源：清河网”的所有作品，版权均属于清河网，未经本网授权不得转载、摘编或利用其它方式使用上述作品。
关于我们 | 联系我们 | 广告服务 | 网站地图 | 法律声明
新闻热线：0000-1234567 投稿邮箱：news@example.org
Copyright © 2012 example.org All Rights Reserved 京ICP备00000000号"""

ENGLISH = """\
The water station in Clearford fitted a new pump on Tuesday, ending years of weak pressure in the upper town.
Its manager, Ann Wells, said the old pump had stopped seven times last summer. One of those stops lasted three days.
"We stood by the valves until dawn," she said. "Nobody wanted to be the one who went home."
The council plans to replace the iron pipes in North Street next year, where a third of the water is lost."""

ENGLISH_HEAD = """\
Home News Sport Business Weather Travel
Clearford gets a new pump
By Martin Hale
March 4, 2012 at 9:12 am
Share this: Facebook Twitter WhatsApp"""

ENGLISH_TAIL = """\
Related: Reservoir at its highest for ten years
Read more: School children visit the water station
Spring games held in Clearford
North Street pipes put out to tender
Sign up for our newsletter to get the day's stories in your inbox every morning.
We use cookies to improve your experience. By continuing you accept our use of cookies.
© 2012 Clearford Gazette. All rights reserved. This material may not be reproduced without permission."""
