"""What the articles of the shelf say."""

# ruff: noqa: E501 - a paragraph is a line

from __future__ import annotations

FIRST = """
11月21日清晨，望川老码头的第一班渡船比往常早开了20分钟。船工何守田在甲板上撒了一层粗盐，三年来他头一回没有等雾散就解缆，船头新装的雷达替他看着对岸。

渡口每天运送2460人，其中四成是到对岸上学的孩子。过去一到冬天，雾锁江面，停航最长的一次有9个钟头。今年入秋，县里拿出318万元，给6条渡船装上雷达和暖风，又把码头的石阶改成了缓坡。

“坡改缓了，轮椅能自己上来。”住在下街的陶月英今年71岁，她说以前去对岸的医院，要两个人抬。记者在码头看到，缓坡每隔12米有一处平台，扶手里埋着电热丝，雪落上去就化。

航运所所长龚平介绍，新班次从早上5时40分排到夜里11时，每班间隔缩短到12分钟。票价没有变，还是两元；六十岁以上和穿校服的免票。

并不是人人都满意。菜农周德顺抱怨，头班船提前以后，挑担子的要和学生挤在一处。龚平说，从下月起，五点四十的那一班专门留出前舱给挑担的人，学生走后舱。
""".strip()
SECOND = FIRST.replace("2460人", "2640人").replace("六十岁以上和穿校服的", "六十岁以上、穿校服的和推婴儿车的")
_PARAGRAPHS = SECOND.split("\n\n")
MARKDOWN = f"""
{_PARAGRAPHS[0]}

{_PARAGRAPHS[1]}

![渡船靠上改造后的缓坡码头](https://www.wangchuan.example/img/2026/ferry-1.jpg)

*渡船靠上改造后的缓坡码头。吴江潮 摄*

## 一条坡，六条船

{_PARAGRAPHS[2]}

{_PARAGRAPHS[3]}

| 班次 | 首班 | 末班 | 间隔（分钟） |
|---|---|---|--:|
| 老码头 | 5:40 | 23:00 | 12 |
| 下街 | 6:00 | 22:30 | 15 |

## 挑担的人怎么坐

{_PARAGRAPHS[4]}

> 雾没有变，等雾的人变了。

相关文件见[航运所通告](https://www.wangchuan.example/notice/17.html)。
""".strip()
TRADITIONAL = """
【本報石浦訊】石浦島北岸的老燈塔昨晚重新點亮。守塔人許阿茂說，自從1987年改用浮標，燈室的樓梯就沒有人再走過。

文資單位花了14個月修好透鏡，費用由漁會與島上三所小學募得，共462萬元。燈塔每晚亮兩小時，只作紀念，不作導航。
""".strip()
ENGLISH = """
The last hand-operated swing bridge on the Saltwick canal will turn again in April, the trust that owns it said on Saturday, four years after a barge bent its centre pin.

Volunteers cast the new pin in a school foundry at Hazelwick. It weighs 212 kilograms and took three attempts; the first two are to stand beside the towpath.
""".strip()
