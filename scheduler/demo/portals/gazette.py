"""An English weekly on WordPress: JSON-LD, meta elements, share boxes, comments and a newsletter form."""

from __future__ import annotations

import json
from html import escape

from scheduler.demo.portals.page import Page, body, charset_meta, feed_link, items


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<!DOCTYPE html>
<html lang="en-GB" prefix="og: https://ogp.me/ns#">
<head>
{charset_meta(site)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - {site.outlet}</title>
<meta name="description" content="{title}">
<meta property="og:type" content="article">
<meta property="og:title" content="{title}">
<meta property="og:site_name" content="{site.outlet}">
<meta property="article:published_time" content="{page.at.isoformat()}">
<meta property="article:modified_time" content="{story.modified.isoformat()}">
<meta name="author" content="{escape(", ".join(story.reporters))}">
<meta name="generator" content="WordPress 6.8">
{feed_link(site)}
<script type="application/ld+json">{_linked_data(page)}</script>
{page.head}</head>
<body class="single single-post">
<a class="skip-link screen-reader-text" href="#content">Skip to content</a>
<header id="masthead" class="site-header"><p class="site-title"><a href="/" rel="home">{site.outlet}</a></p>
<nav class="main-navigation"><ul><li><a href="/">Home</a></li>
<li><a href="{site.list_path}">News</a></li>
<li><a href="/?page_id=2">About</a></li><li><a href="/wp-login.php">Log in</a></li></ul></nav></header>
<div id="content" class="site-content"><main>
<article id="post-{page.article.number}" class="post type-post status-publish format-standard hentry">
<header class="entry-header"><span class="cat-links"><a href="/?cat=3">{story.story.desk}</a></span>
<h1 class="entry-title">{title}</h1>
<div class="entry-meta">
<span class="posted-on">Posted on <time class="entry-date published" datetime="{page.at.isoformat()}">
{page.at.day} {page.at:%B %Y}</time></span>
<span class="byline">by <span class="author vcard">{_authors(page)}</span></span>
<span class="comments-link"><a href="#respond">2 Comments</a></span></div></header>
<div class="entry-content">
{body(page.blocks, heading="<h2>{}</h2>", figure=_figure)}{page.pager}
</div>
<footer class="entry-footer">{_source(page)}
<p class="edited">Edited by {escape(" and ".join(story.editors))}</p></footer>
</article>
<div class="sharedaddy"><h3>Share this:</h3><ul><li>Facebook</li><li>X</li><li>Email</li><li>Print</li></ul></div>
<div class="jp-relatedposts"><h3>Related stories</h3><ul>
{items(page.related, '<li><a href="{path}">{title}</a> <small>{day}</small></li>')}
</ul></div>
<nav class="navigation post-navigation">{_neighbours(page)}</nav>
<section id="comments"><h2>2 thoughts on &ldquo;{title}&rdquo;</h2>
<ol class="comment-list"><li><b>Passing cyclist</b> says: <p>Good to see something go right for a change.</p></li>
<li><b>Old Tom</b> says: <p>They said the same in my day, and look at it now.</p></li></ol>
<form id="respond"><h3>Leave a Reply</h3>
<p>Your email address will not be published. Required fields are marked *</p></form>
</section>
</main>
<aside id="secondary"><section class="widget"><h2>Most read</h2><ol>
{items(page.hot)}
</ol></section>
<section class="widget"><h2>Newsletter</h2><p>Sign up for our weekly round-up of local news.</p></section></aside></div>
<footer class="site-info">&copy; {page.at.year} {site.outlet}. All rights reserved. Proudly powered by WordPress.
<a href="/?page_id=3">Privacy Policy</a></footer>
</body>
</html>
"""


def _linked_data(page: Page) -> str:
    """The page's schema.org NewsArticle, with `<` escaped as it must be inside a script."""
    story = page.article
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": page.at.isoformat(),
        "dateModified": story.modified.isoformat(),
        "author": [{"@type": "Person", "name": name} for name in story.reporters],
        "editor": [{"@type": "Person", "name": name} for name in story.editors],
        "publisher": {"@type": "Organization", "name": page.site.outlet},
    }
    return json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")


def _authors(page: Page) -> str:
    return escape(" and ".join(page.article.reporters))


def _source(page: Page) -> str:
    """Where a text from elsewhere first appeared."""
    return f'<p class="source">Source: {escape(page.article.origin)}</p>' if page.article.reposted else ""


def _neighbours(page: Page) -> str:
    """Links to the post before and the post after."""
    pair = (("prev", page.previous), ("next", page.following))
    return " ".join(f'<a rel="{name}" href="{link.path}">{link.title}</a>' for name, link in pair if link)


def _figure(number: int, caption: str) -> str:
    return (
        f'<figure class="wp-block-image"><img src="/wp-content/uploads/{number}.jpg" alt="">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
