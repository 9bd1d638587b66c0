"""What products are searched by, folded as webshop/catalog/search/words.py does it.

SQLite has its full text in a virtual table of its own, search_index, which is made and dropped with
search_documents; PostgreSQL has it in a column.
"""

from sqlalchemy import DDL, Column, Integer, String, Table, Text, event

from webshop.db.columns import Id, Lexemes, metadata

# Weights of lexemes, which have indexes of their own: GIN itself knows none, and whoever asks for some reads
# all documents that have the word.
TITLES = "'{a}'"
NAMES = "'{a,b,c}'"  # titles, codes and keywords
GIN_INDEXES = ("ix_search_documents_lexemes", "ix_search_documents_titles", "ix_search_documents_names")

search_documents = Table(
    "search_documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("product", String(80), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),  # of what it was made from
    Column("title", Text, nullable=False),
    Column("keywords", Text, nullable=False),  # brand, categories, tags, options
    Column("codes", Text, nullable=False),  # skus and GTINs
    Column("lexemes", Lexemes),  # NULL on SQLite
)

# The words of titles and keywords, and what each looks like with a letter left out: two words that a slip of
# the finger keeps apart have such a form in common.
search_words = Table(
    "search_words",
    metadata,
    Column("word", String(64), primary_key=True),
    Column("products", Integer, nullable=False),
)
search_spellings = Table(
    "search_spellings",
    metadata,
    Column("form", String(64), primary_key=True),
    Column("word", String(64), primary_key=True),
)

MAKE_INDEX = """CREATE VIRTUAL TABLE search_index USING fts5(
    title, keywords, codes, body, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3')"""
DROP_INDEX = "DROP TABLE IF EXISTS search_index"

for moment, words in (("after_create", MAKE_INDEX), ("before_drop", DROP_INDEX)):
    statement = DDL(words)  # type: ignore[no-untyped-call]
    event.listen(search_documents, moment, statement.execute_if(dialect="sqlite"))
