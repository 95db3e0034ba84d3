from random import Random

from storage.stories.bonds import Bonds
from storage.stories.clusters import Edge, clustering


def edge(chance, a, b, templates):
    verdict = "template" if chance.random() < templates else "same"
    jaccard = chance.choice((0.3, 0.4, 0.8, 0.9, 1.0))
    return Edge(a=a, b=b, verdict=verdict, jaccard=jaccard, containment=chance.random())


def test_whoever_bonds_take_leaves_the_whole_story_one_without_a_refused_link():
    taken = templates_taken = 0
    for seed in range(400):
        chance = Random(seed)
        templates = chance.choice((0, 0.05, 0.2, 0.35))
        keys = {article: f"k{chance.random()}" for article in range(5)}
        edges = [edge(chance, a, b, templates) for a in range(5) for b in range(a) if chance.random() < 0.7]
        made = clustering(keys, edges, ())
        if made.refused or len(made.groups) > 1:
            continue
        bonds = Bonds(keys, made.joints)
        for article in range(5, 25):
            partners = chance.sample(sorted(keys), chance.randint(1, min(8, len(keys))))
            ties = [edge(chance, article, partner, templates) for partner in partners]
            if not any(tie.verdict == "same" for tie in ties):
                continue
            key = f"k{chance.random()}"
            if bonds.add(article, key, ties):
                keys[article] = key
                edges += ties
                again = clustering(keys, edges, ())
                assert not again.refused, seed
                assert len(again.groups) == 1, seed
                taken += 1
                templates_taken += any(tie.verdict == "template" for tie in ties)
    assert taken > 1000
    assert templates_taken > 200


def test_bonds_that_grew_are_those_that_are_made_of_the_whole_story():
    for seed in range(50):
        chance = Random(seed)
        keys = {number: f"k{number}" for number in range(4)}
        edges = [
            Edge(a=0, b=1, verdict="same", jaccard=0.9, containment=0.9),
            Edge(a=0, b=2, verdict="same", jaccard=0.8, containment=0.9),
            Edge(a=1, b=3, verdict="same", jaccard=0.8, containment=0.9),
            Edge(a=2, b=3, verdict="template", jaccard=0.8, containment=0.9),
        ]
        grown = Bonds(keys, clustering(keys, edges, ()).joints)
        for article in range(4, 17):
            partners = chance.sample(sorted(keys), chance.randint(1, min(5, len(keys))))
            ties = [edge(chance, article, partner, 0.2) for partner in partners]
            if any(tie.verdict == "same" for tie in ties) and grown.add(article, f"k{article}", ties):
                keys[article] = f"k{article}"
                edges += ties
        made = Bonds(keys, clustering(keys, edges, ()).joints)
        for one in keys:
            for other in keys:
                if one != other:
                    assert grown._meeting(one, other)[1] == made._meeting(one, other)[1], seed
                    assert grown._margins[grown._meeting(one, other)[0]] == made._margins[made._meeting(one, other)[0]]
