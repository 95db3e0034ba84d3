from random import Random

from storage.stories.clusters import Decided, Edge, clustering, clusters


def same(a, b, jaccard=0.9, containment=0.95):
    return Edge(a=a, b=b, verdict="same", jaccard=jaccard, containment=containment)


def template(a, b):
    return Edge(a=a, b=b, verdict="template", jaccard=0.9, containment=0.95)


def together(a, b):
    return Decided(a=a, b=b, verdict="same")


def apart(a, b):
    return Decided(a=a, b=b, verdict="apart")


def of(size, edges, decisions=()):
    """The clusters of articles 1, 2 ..., whose keys are in that order."""
    found = clusters({article: f"//a.cn/{article:03d}" for article in range(1, size + 1)}, edges, decisions)
    return [sorted(group) for group in found]


def test_copies_of_copies_are_one_story_and_whatever_has_none_is_its_own():
    assert of(5, [same(1, 2), same(2, 3)]) == [[1, 2, 3], [4], [5]]


def test_nothing_but_copies_joins():
    others = [Edge(a=1, b=other, verdict=verdict, jaccard=1, containment=1)
              for other, verdict in ((2, "contains"), (3, "related"), (4, "template"))]  # fmt: skip
    assert of(4, others) == [[1], [2], [3], [4]]


def test_a_round_up_chains_none_of_what_it_holds():
    held = [Edge(a=1, b=item, verdict="contains", jaccard=0.2, containment=1) for item in range(2, 7)]
    assert of(7, [*held, same(2, 7)]) == [[1], [2, 7], [3], [4], [5], [6]]


def test_a_wrong_link_joins_no_two_stories_that_are_templates_of_each_other_else():
    one, other = [same(1, 2), same(1, 3), same(2, 3)], [same(4, 5), same(4, 6), same(5, 6)]
    assert of(6, [*one, *other, same(1, 4, 0.6)]) == [[1, 2, 3, 4, 5, 6]]
    assert of(6, [*one, *other, same(1, 4, 0.6), template(2, 5)]) == [[1, 2, 3, 4, 5, 6]]
    assert of(6, [*one, *other, same(1, 4, 0.6), template(2, 5), template(3, 6)]) == [[1, 2, 3], [4, 5, 6]]


def test_an_article_that_holds_two_others_makes_them_no_copies_of_each_other():
    one, other = [same(1, 2), same(1, 3), same(2, 3)], [same(5, 6), same(5, 7), same(6, 7)]
    both = [same(4, 1, 0.6), same(4, 2, 0.6), same(4, 5, 0.35), same(4, 6, 0.35), same(4, 7, 0.35)]
    assert of(7, [*one, *other, *both]) == [[1, 2, 3, 4], [5, 6, 7]]
    assert of(7, [*one, *other, *both, same(3, 7, 0.3)]) == [[1, 2, 3, 4, 5, 6, 7]]


def test_a_cut_copy_belongs_to_the_whole_one_and_its_own_copies_with_it():
    assert of(3, [same(1, 2), same(1, 3, 0.4)]) == [[1, 2, 3]]
    assert of(4, [same(1, 2), same(3, 4), *(same(a, b, 0.4) for a in (1, 2) for b in (3, 4))]) == [[1, 2, 3, 4]]


def test_the_strongest_link_decides_where_an_article_between_two_stories_goes():
    between = [same(1, 2, 0.9), same(2, 3, 0.8), template(1, 3)]
    assert of(3, between) == [[1, 2, 3]]  # one pair says copy, one says template
    assert of(4, [*between, same(1, 4, 0.99), template(3, 4)]) == [[1, 2, 4], [3]]


def test_a_decision_wins_over_the_texts():
    assert of(3, [same(1, 2), same(2, 3)], [apart(1, 3)]) == [[1, 2], [3]]
    assert of(4, [template(1, 3), template(1, 4), same(3, 4)], [together(1, 3)]) == [[1, 3, 4], [2]]


def test_of_two_decisions_that_contradict_each_other_the_newer_holds():
    assert of(2, [], [together(1, 2), apart(1, 2)]) == [[1, 2]]
    assert of(2, [same(1, 2)], [apart(1, 2), together(1, 2)]) == [[1], [2]]
    assert of(3, [], [together(1, 2), together(2, 3), apart(1, 3)]) == [[1, 2, 3]]


def test_a_copy_that_comes_after_a_split_goes_to_the_side_that_it_is_more_like():
    split = [together(1, 2), apart(1, 3)]
    assert of(4, [same(1, 3), same(2, 4, 0.8), same(3, 4, 0.9)], split) == [[1, 2], [3, 4]]
    assert of(4, [same(1, 3), same(2, 4, 0.95), same(3, 4, 0.9)], split) == [[1, 2, 4], [3]]


def test_a_link_that_was_refused_between_two_that_others_brought_together_is_disputed():
    edges = [same(1, 2, 0.99), same(1, 5, 0.98), template(1, 3), template(3, 5), same(2, 3, 0.85)]
    keys = {article: f"k{article}" for article in range(1, 6)}
    apart = clustering(keys, edges, ())
    assert (apart.refused, apart.disputed) == (True, frozenset())
    edges += [same(3, 4, 0.8), same(1, 4, 0.7), same(2, 4, 0.6)]
    one = clustering(keys, edges, ())
    assert one.groups == (frozenset(keys),)
    assert (one.refused, one.disputed) == (True, frozenset({2, 3}))


def test_links_to_articles_that_are_not_there_count_for_nothing():
    assert of(2, [same(1, 9), same(2, 9)], [together(1, 9), apart(2, 9)]) == [[1], [2]]


def test_the_order_of_edges_and_the_numbers_of_articles_make_no_difference():
    for seed in range(300):
        chance = Random(seed)
        size = chance.randint(2, 14)
        keys = {article: f"k{article:02d}" for article in range(size)}
        edges = [
            Edge(a=a, b=b, verdict=chance.choice(("same", "same", "same", "template", "related")),
                 jaccard=chance.choice((0.4, 0.9)), containment=chance.choice((0.8, 0.9)))
            for a in range(size) for b in range(a + 1, size) if chance.random() < 0.4
        ]  # fmt: skip
        decisions = [
            Decided(a=pair[0], b=pair[1], verdict=chance.choice(("same", "apart")))
            for pair in (sorted(chance.sample(range(size), 2)) for _ in range(chance.randrange(4)))
        ]
        expected = clustering(keys, edges, decisions)
        numbers = chance.sample(range(100), size)
        relabelled = [
            Edge(a=numbers[edge.a], b=numbers[edge.b], verdict=edge.verdict, jaccard=edge.jaccard,
                 containment=edge.containment)
            for edge in chance.sample(edges, len(edges))
        ]  # fmt: skip
        decided = [Decided(a=numbers[one.b], b=numbers[one.a], verdict=one.verdict) for one in decisions]
        again = clustering({numbers[article]: key for article, key in keys.items()}, relabelled, decided)
        assert again.groups == tuple(frozenset(numbers[one] for one in group) for group in expected.groups)
        assert again.refused == expected.refused
