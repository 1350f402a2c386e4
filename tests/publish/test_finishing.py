"""The last step of a site: the theme's icons, names and scripts, on pages as the theme writes them."""

from __future__ import annotations

from pathlib import Path

from analysis.publish.finishing import ICON_SCRIPT, finish, finished, indexed

ICONS = {"bars": ("448", "512", "M0 96"), "sun": ("512", "512", "M361")}
FOLD = (
    '<li class="has-children"><a class="reference" href="a.html">France</a><details open="open"><summary>'
    '<span class="toctree-toggle" role="presentation"><i class="fa-solid fa-bars"></i></span></summary></details></li>'
)
SHELL = (
    '<html><head><script src="searchtools.js"></script><script src="../searchindex.js?v=1"></script></head><body>'
    '<dialog id="pst-search-dialog"><input type="search" name="q" aria-label="Suche"/></dialog>'
    '<dialog id="pst-primary-sidebar-modal"></dialog><div id="pst-primary-sidebar" class="bd-sidebar">'
    f'<p class="title logo__title">The book</p>{FOLD}</div><main id="main-content" class="bd-main" role="main">'
    '<article class="bd-article"><i class="fa-solid fa-bars"></i></article>'
    '<dialog id="pst-secondary-sidebar-modal"></dialog><div class="page-toc tocsection onthispage">\n'
    '<i class="fa-solid fa-bars"></i> Contents\n</div></main></body></html>'
)
SCRIPT = 'a={sun:[512,512,[9728],"f185","thin"]};b={bars:[448,512,["n"],"f0c9","M0 96"],sun:[512,512,[1],"f1","M361"]}'


def page(text: str = SHELL) -> str:
    return finished(text, "../", ICONS)[0]


def test_an_icon_is_a_drawing_that_readers_aloud_pass_over() -> None:
    text = '<p><i class="theme-switch fa-solid fa-sun   fa-lg" data-mode="light" title="Light"></i></p>'
    drawing = (
        '<svg class="svg-inline--fa fa-sun theme-switch fa-lg" data-mode="light" aria-hidden="true" focusable="false" '
        'viewBox="0 0 512 512"><path fill="currentColor" d="M361"/></svg>'
    )
    assert page(text) == f"<p>{drawing}</p>"


def test_an_icon_that_the_theme_does_not_bring_stays_a_letter_of_its_font() -> None:
    text = '<p><i class="fa-solid fa-yeti"></i></p>'
    assert page(text) == text


def test_what_stands_in_the_text_is_left_alone() -> None:
    assert '<article class="bd-article"><i class="fa-solid fa-bars"></i></article>' in page()


def test_folds_dialogs_and_landmarks_are_named_by_what_the_page_says() -> None:
    made = page()
    assert '<summary aria-label="France">' in made
    assert '<dialog id="pst-search-dialog" aria-label="Suche">' in made
    assert '<dialog id="pst-primary-sidebar-modal" aria-label="The book">' in made
    assert '<dialog id="pst-secondary-sidebar-modal" aria-label="Contents">' in made
    assert '<div id="pst-primary-sidebar" role="banner" class="bd-sidebar">' in made


def test_the_skip_link_has_a_target_that_takes_the_focus() -> None:
    assert '<main id="main-content" tabindex="-1" class' in page()


def test_only_the_search_page_loads_the_index() -> None:
    assert "searchindex" not in page()
    assert "searchindex" in page(
        SHELL.replace('<article class="bd-article">', '<div id="search-results"></div><article>')
    )


def test_a_site_is_finished_once_and_without_the_icon_script(tmp_path: Path) -> None:
    (tmp_path / "uk").mkdir()
    (tmp_path / ICON_SCRIPT).parent.mkdir(parents=True)
    (tmp_path / ICON_SCRIPT).write_text(SCRIPT, encoding="utf-8")
    loaded = '<script defer src="../_static/scripts/fontawesome.js?digest=1"></script><script>a()</script></head>'
    (tmp_path / "uk" / "sample.html").write_text(SHELL.replace("</head>", loaded), encoding="utf-8")
    finish(tmp_path)
    made = (tmp_path / "uk" / "sample.html").read_text(encoding="utf-8")
    (script,) = tmp_path.rglob("*.js")
    assert script.read_text(encoding="utf-8") == "a()\n"
    assert f'src="../{script.relative_to(tmp_path)}"' in made
    assert "fontawesome" not in made and 'd="M0 96"' in made
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    finish(tmp_path)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.*")}


def test_the_search_index_forgets_what_pages_no_longer_say(tmp_path: Path) -> None:
    """Sphinx keeps a word that was taken out, with an empty list of pages."""
    index = (
        'Search.setIndex({"docnames": ["a", "b"], "terms": {"gone": [], "here": 0, "two": [0, 1]}, "titleterms": {}})'
    )
    assert indexed(index) == index.replace('"gone": [], ', "")
    (tmp_path / "searchindex.js").write_text(index, encoding="utf-8")
    finish(tmp_path)
    assert "gone" not in (tmp_path / "searchindex.js").read_text(encoding="utf-8")


def test_a_style_sheet_has_the_same_address_in_a_first_and_a_second_build() -> None:
    first = '<link rel="stylesheet" href="../_static/mystnb.11b39860.css" />'
    second = first.replace(".css", ".css?v=8cd3d715")
    assert finished(second, "../", {}) == finished(first, "../", {})
