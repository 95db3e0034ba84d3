from crawler.extraction.chrome import block_key
from crawler.extraction.markup.blocks import parse_html, read_blocks, text_blocks


def blocks(markup):
    return text_blocks(parse_html(f"<html><body>{markup}</body></html>"))


def test_a_block_is_a_maximal_run_of_inline_text():
    found = blocks("<div>镇里<b>修</b>了<span>路</span><p>桥也通了。</p>后来<br>下了雨</div>")
    assert [block.text for block in found] == ["镇里修了路", "桥也通了。", "后来", "下了雨"]


def test_scripts_styles_and_form_controls_are_no_text_but_what_follows_them_is():
    found = blocks("<p>前<script>var a;</script>后</p><select><option>甲</option></select><p>完</p>")
    assert [block.text for block in found] == ["前后", "完"]


def test_characters_in_links_are_counted_without_white_space():
    (block,) = blocks("<p>看 <a href='/a'>全 文</a> 吧</p>")
    assert (block.size, block.linked) == (4, 2)


def test_an_anchor_without_address_is_no_link():
    (block,) = blocks("<p><a name='top'>开头的一段</a></p>")
    assert block.linked == 0


def test_a_long_link_that_opens_a_block_is_its_lead():
    link = "<a href='/a'>县里今年新修三条公路</a>"
    first, second = blocks(f"<p>{link} 摘要</p><p>先有文字 {link}</p>")
    assert (first.lead, second.lead) == (10, 0)


def test_a_block_in_a_box_named_after_comments_is_negative_down_to_its_leaves():
    inside, outside = blocks("<div class='news-comment'><ul><li>说得好。</li></ul></div><p>正文。</p>")
    assert inside.negative is not None
    assert outside.negative is None


def test_class_names_of_the_whole_body_make_nothing_negative():
    root = parse_html("<html><body class='has-comment footer'><p>正文。</p></body></html>")
    assert [block.negative for block in text_blocks(root)] == [None]


def test_the_answers_of_a_poll_are_known_from_the_row_of_their_button():
    poll = "<table><tr><td>您怎么看？</td></tr><tr><td><input type='radio'></td><td>支持，应当多修</td></tr></table>"
    assert [block.poll for block in blocks(f"{poll}<p>正文。</p>")] == [True, True, False]


def test_a_page_that_is_one_form_is_no_poll():
    body = "".join(f"<p>{'这是一段很长的正文，讲的是县里修路的事情。' * 8}</p>" for _ in range(20))
    found = blocks(f"<form>{body}<div><input type='checkbox'> 记住我</div></form>")
    assert not any(block.poll for block in found[:-1])


def test_the_gap_counts_steps_up_and_down_the_tree():
    first, second, third = blocks("<div><p>一</p><p>二</p></div><div><div><p>三</p></div></div>")
    assert (first.gap, second.gap, third.gap) == (0, 2, 5)


def test_pictures_are_placed_by_the_blocks_that_end_before_them():
    walk = read_blocks(parse_html("<body><p>一</p><img src='a.jpg'><p>二</p><p><img src='b.jpg'></p></body>"))
    assert [place for _, place in walk.pictures] == [1, 2]


def test_a_link_that_only_says_where_else_to_read_is_out_of_the_tree_where_it_is_no_text():
    link = "<a href='/a'><i>阅读</i>全文</a>"
    root = parse_html(f"<body><p>路修好了。{link}完</p><p><a href='/b'>[查看更多]</a></p></body>")
    assert [block.text for block in text_blocks(root)] == ["路修好了。阅读全文完", "[查看更多]"]
    assert [block.text for block in read_blocks(root, buttons=False).blocks] == ["路修好了。完"]
    assert root.find(".//a") is None


def test_the_answers_of_a_poll_are_known_where_their_button_is_in_a_box_that_is_no_text():
    (answer, text) = blocks("<ul><li><button><input type='RADIO'></button>支持</li></ul><p>正文。</p>")
    assert (answer.poll, text.poll) == (True, False)


def test_a_block_has_the_comparison_key_and_the_mark_of_its_text():
    (block,) = blocks("<p>第１２ 期：Ａ</p>")
    assert (block.key, block.mark) == ("第12期a", block_key("第99期A"))
