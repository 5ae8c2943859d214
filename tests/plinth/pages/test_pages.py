"""plinth.pages: untrusted text stays text, figures are aligned, and nothing is fetched."""

from plinth.pages import Badge, Figure, Link, PageTable, Section, render_page

HOSTILE = "</style><script>alert(1)</script>"


def page(**fields) -> str:
    table = PageTable(
        caption=HOSTILE,
        columns=("name", "cost"),
        rows=((HOSTILE, "1.00 USD"), (Badge(text=HOSTILE, tone="bad"), Link(text="x", href="x.html"))),
        right=frozenset({"cost"}),
    )
    section = Section(heading=HOSTILE, paragraphs=(HOSTILE,), tables=(table,), preformatted=HOSTILE)
    return render_page(HOSTILE, [section], lead=HOSTILE, figures=[Figure(label=HOSTILE, value=HOSTILE)], notices=[HOSTILE], **fields)


def test_text_from_a_bill_or_a_stack_is_never_markup():
    assert "<script" not in page()
    assert page().count("&lt;script&gt;") >= 8


def test_figures_are_right_aligned():
    assert '<td class="right">1.00 USD</td>' in page()


def table_of(count: int) -> str:
    columns = tuple(f'{number}">{HOSTILE}' for number in range(count))
    return render_page("t", [Section(heading="h", tables=(PageTable(caption="c", columns=columns, rows=(columns,)),))])


def test_a_wide_tables_cells_carry_their_columns_names_for_narrow_screens():
    assert '<table class="fit">' in table_of(3)
    assert "<td data-label=" not in table_of(3)
    assert '<table class="stack">' in table_of(4)
    assert table_of(4).count('<td data-label="') == 4
    assert "<script" not in table_of(4)


def test_a_page_fetches_nothing():
    for word in ("http://", "https://", "src=", "@import", "url("):
        assert word not in page()


def test_an_empty_table_says_so():
    table = PageTable(caption="violations", columns=("a",), rows=(), empty="None: every rule is kept.")
    assert "None: every rule is kept." in render_page("t", [Section(heading="h", tables=(table,))])


def test_only_a_page_below_another_links_back():
    assert "Overview" not in page()
    assert 'href="index.html"' in page(home="index.html")
