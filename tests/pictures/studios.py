"""Studios for tests: with folders of their own."""

import os
from pathlib import Path

from tests.keys import KEY
from webshop.catalog.file.pictures import picture_files, pictured
from webshop.catalog.model import Catalogue
from webshop.pictures.model import Shape
from webshop.pictures.places import Folder
from webshop.pictures.studio import ORIGINALS, Studio, open_studio
from webshop.settings import model as settings
from webshop.shop import Shop

SQUARE = Shape(1, 1)


def studio(made: Path, originals: Path = ORIGINALS, shape: Shape = SQUARE) -> Studio:
    """What it makes is in the folder `made`."""
    return Studio(originals, [Folder(made)], shape)


def with_pictures(catalogue: Catalogue, store: Shop) -> Catalogue:
    """As `catalog load` leaves it: with all that is made of its pictures, in the folder of the tests."""
    config = settings.load(_env_file=None, secret_keys=KEY, pictures_url=os.environ["PICTURES_URL"])
    made_by = open_studio(config, store)
    made_by.make_all(made_by.describe(picture_files(catalogue.products)).values())
    return pictured(catalogue, made_by)[0]
