"""Whether a database answers."""

from webshop.db.engine import Database
from webshop.errors import Unavailable


def answers(db: Database) -> bool:
    try:
        db.ask()
    except Unavailable:
        return False
    return True
