"""Tables of words: which source hears of what, and which questions ask about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from analysis.report import tables, words
from analysis.report.page import Html
from analysis.study.codebook import Codebook
from analysis.study.settings import say
from analysis.study.voices import Voices

# A sign and a word: nothing is said by colour or shape alone.
WORDS = {"covered": ("\u25cf", "yes"), "partly": ("\u25d0", "in part"), "no": ("\u25cb", "no")}
BLANK = "left blank by this study"
DECLARED = "As declared for this study; a judgement of what each source is made for, not a measurement."


def coverage(voices: Voices, *, title: str, language: str = "en") -> Html:
    """A row a topic, a column a source: whether it hears of it, in words."""
    table = pd.DataFrame({"label": [say(topic.label, language) for topic in voices.topics.values()]})
    names = []
    for source in voices.sources.values():
        names.append(say(source.label, language))
        table[names[-1]] = [_word(source.hears.get(topic, "no")) for topic in voices.topics]
    measure = "Whether a source hears of it: yes, in part, no"
    return tables.plain_table(table, title=title, measure=measure, foot=DECLARED, text=tuple(names))


def sources(voices: Voices, book: Codebook, *, title: str, language: str = "en") -> Html:
    """A row a source: what it reads, and the stages at which it hears anything."""
    stages = book.questions[voices.journey].rows
    reads, reached = "What it reads", "Stages it hears of"
    table = pd.DataFrame({"label": [say(one.label, language) for one in voices.sources.values()]})
    table[reads] = [tables.text(say(one.reads, language)) for one in voices.sources.values()]
    table[reached] = [tables.text(_listed(voices.stages_of(key), stages, language=language)) for key in voices.sources]
    return tables.plain_table(
        table, title=title, measure="What each source is made from", foot=DECLARED, text=(reads, reached)
    )


def questions(voices: Voices, book: Codebook, left_out: Collection[str], *, title: str, language: str = "en") -> Html:
    """A row a topic: the questions that ask about it, linked to their chapter, its stages and touchpoints.

    `left_out` are the questions that this market did not ask.
    """
    grid, title_of_grid = book.questions[voices.journey], book.question_label(voices.journey, language)
    rows = []
    for topic in voices.topics.values():
        places = [(topic.stages, grid.rows, "stages"), (topic.touchpoints, grid.columns, "touchpoints")]
        where = "; ".join(_listed(names, of, what, language) for names, of, what in places if names)
        asked = [
            tables.text(book.question_label(name, language) + (" (not asked here)" if name in left_out else ""))
            for name in topic.questions
        ]
        listed = "; ".join(asked) or BLANK
        if asked and topic.chapter:
            listed = f'<a href="{topic.chapter}.html">{listed}</a>'
        rows.append((say(topic.label, language), listed, tables.text(where)))
    heads = ["label", "Questions of this study", "Stages; touchpoints"]
    return tables.plain_table(
        pd.DataFrame(rows, columns=heads),
        title=title,
        measure="Questions by their titles, linked to the chapter that shows them",
        foot=f"Stages and touchpoints are those of the question \u201c{title_of_grid}\u201d.",
        text=tuple(heads[1:]),
    )


def _listed(
    names: Collection[str], of: Mapping[str, dict[str, str]], what: str = "stages", language: str = "en"
) -> str:
    """The texts of these names, or that they are all there are of them ("all six stages")."""
    texts = [say(text, language) for name, text in of.items() if name in names]
    return f"all {words.number(len(of), language)} {what}" if len(texts) == len(of) else ", ".join(texts)


def _word(coverage: str) -> str:
    sign, word = WORDS[coverage]
    return f'<span aria-hidden="true">{sign}</span> {word}'
