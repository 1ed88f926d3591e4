"""The digit map against a slow oracle that writes every way through an alternative out."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware.telephony.numbering import digits as digits_module
from firmware.telephony.numbering.digits import DigitMap, Match, MatchKind

NONE, PARTIAL, COMPLETE, OPEN, BARRED = (
    MatchKind.NONE,
    MatchKind.PARTIAL,
    MatchKind.COMPLETE,
    MatchKind.OPEN,
    MatchKind.BARRED,
)

Item = tuple[str, str]  # ("take" | "drop" | "emit", keys or text)
Element = tuple[str, str, str]  # ("key", "once" | "." | "+", keys) or ("rewrite", dialled keys, text sent)
Tree = list[tuple[bool, list[Element]]]

CAP = 6  # the oracle counts digits to this instead of 20
KEYS = "012*"


def render_keys(keys: str) -> str:
    return "x" if keys == "0123456789" else keys if len(keys) == 1 else f"[{keys}]"


def render(tree: Tree) -> str:
    def element(item: Element) -> str:
        kind, first, second = item
        if kind == "rewrite":
            return f"<{first}={second}>"
        return render_keys(second) + ("" if first == "once" else first)

    return " | ".join(("^" if bar else "") + "".join(map(element, elements)) for bar, elements in tree)


def words(elements: list[Element]) -> Iterator[list[Item]]:
    """Every way through, the greediest first, up to CAP repetitions of each repeat."""

    def choices(item: Element) -> list[list[Item]]:
        kind, first, second = item
        if kind == "rewrite":
            return [[("drop", key) for key in first] + [("emit", second)]]
        if first == "once":
            return [[("take", second)]]
        return [[("take", second)] * count for count in range(CAP, -1 if first == "." else 0, -1)]

    for chosen in itertools.product(*map(choices, elements)):
        word = [item for part in chosen for item in part]
        if sum(kind != "emit" for kind, _ in word) <= CAP:
            yield word


def begins(word: list[Item], dialled: str) -> bool:
    keys = [keys for kind, keys in word if kind != "emit"]
    return len(keys) >= len(dialled) and all(d in k for d, k in zip(dialled, keys, strict=False))


def key_count(word: list[Item]) -> int:
    return sum(kind != "emit" for kind, _ in word)


def sent(word: list[Item], dialled: str) -> str:
    left = iter(dialled)
    out = ""
    for kind, keys in word:
        out += keys if kind == "emit" else (next(left) if kind == "take" else next(left)[:0])
    return out


def oracle(tree: Tree, dialled: str) -> Match:
    ways = [(bar, list(words(elements))) for bar, elements in tree]
    for length in range(1, len(dialled) + 1):
        start = dialled[:length]
        if any(bar and any(begins(w, start) and key_count(w) == length for w in ws) for bar, ws in ways):
            return Match(BARRED)
    longer = [bar for bar, ws in ways if any(begins(w, dialled) and key_count(w) > len(dialled) for w in ws)]
    can_grow = False in longer
    for bar, ws in ways:
        for word in ws:
            if not bar and dialled and begins(word, dialled) and key_count(word) == len(dialled):
                return Match(OPEN if can_grow else COMPLETE, sent(word, dialled), can_grow)
    return Match(PARTIAL, "", can_grow) if longer else Match(NONE)


key_sets = st.one_of(
    st.just("0123456789"),
    st.sampled_from(KEYS),
    st.sets(st.sampled_from(KEYS), min_size=2).map(lambda keys: "".join(sorted(keys))),
)
key_elements = st.tuples(st.just("key"), st.sampled_from(["once", "once", ".", "+"]), key_sets)
rewrites = st.tuples(st.just("rewrite"), st.text(KEYS, max_size=2), st.text("789*", max_size=2)).filter(
    lambda item: bool(item[1] or item[2])
)
alternatives = st.lists(st.one_of(key_elements, key_elements, rewrites), min_size=1, max_size=4).filter(
    lambda elements: any(kind == "key" or first for kind, first, _ in elements)
)
trees = st.lists(st.tuples(st.sampled_from([False, False, True]), alternatives), min_size=1, max_size=3)


@pytest.mark.long
@settings(max_examples=250, deadline=None)
@given(trees, st.lists(st.text(KEYS, max_size=CAP), min_size=1, max_size=8))
def test_the_map_agrees_with_a_brute_force_reading_of_it(tree: Tree, dialled: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits_module, "MAX_DIGITS", CAP)
        if any(min(map(key_count, words(e)), default=CAP + 1) > CAP for _, e in tree):
            return
        digit_map = DigitMap.parse(render(tree))
        for one in dialled:
            assert digit_map.match(one) == oracle(tree, one), render(tree)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(trees, st.text(KEYS, max_size=CAP))
# Nothing longer is allowed, and yet there is more to say of it: it may turn out barred.
@example([(False, [("key", "once", "1")]), (True, [("key", "once", "1")] * 3)], "111")
def test_what_the_map_said_of_fewer_digits_holds_for_more(tree: Tree, dialled: str) -> None:
    digit_map = DigitMap.parse(render(tree))
    matches = [digit_map.match(dialled[:length]) for length in range(len(dialled) + 1)]
    for before, after in itertools.pairwise(matches):
        if before.kind in (BARRED, NONE):
            assert after.kind is before.kind
        elif not before.can_grow:
            assert after.kind in (NONE, PARTIAL, BARRED) and not after.can_grow
