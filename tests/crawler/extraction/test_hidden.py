"""What a page's own styles hide is no text, and attributes that broken tags leave behind harm nobody."""

import pytest
from lxml import etree

from crawler.extraction.markup.blocks import parse_html, text_blocks
from crawler.extraction.markup.hidden import drop_hidden
from tests.crawler.extraction.pages import BODY, extracted, portal_page


def shown(markup):
    root = parse_html(markup)
    drop_hidden(list(root.iter(etree.Element)), markup)
    return [block.text for block in text_blocks(root)]


@pytest.mark.parametrize("style", ["display:none", "DISPLAY: NONE", "color:red;font-size:0"])
def test_what_a_style_attribute_switches_off_is_out_of_the_tree(style):
    assert shown(f"<body><p>正文<span style='{style}'>暗记</span>在此</p></body>") == ["正文在此"]


@pytest.mark.parametrize("tag", ["style", "STYLE", "Style"])
def test_a_class_that_a_style_element_switches_off_is_out_of_the_tree(tag):
    style = f"<{tag} type='text/css'>.k1, .k2 {{ color: red; display: none }} .k3 {{ display: block }}</{tag}>"
    assert shown(f"<html>{style}<p>正<i class='a k2'>暗</i>文<b class=k3>在此</b></p></html>") == ["正文在此"]


def test_a_style_element_that_hides_nothing_hides_nothing():
    assert shown("<html><style>.k1 { color: red }</style><p class=k1>display:none</p></html>") == ["display:none"]


@pytest.mark.parametrize("broken", ["{x=1", "{=1", "{a}=1", "{a}b=1", "'\"=2", "<b"])
def test_an_attribute_without_a_proper_name_costs_no_article(broken):
    page = portal_page(body=(BODY[0], BODY[1], f"<b {broken} class=k>{BODY[2]}</b>"))
    assert extracted(page.replace("<p>", f"<p {broken}>", 1)).text == "\n\n".join(BODY)
