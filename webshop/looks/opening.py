"""What pages look like: the shop's own templates, stylesheets and pages, and a theme's over them."""

from collections.abc import Iterator, Mapping

from webshop import shop
from webshop.looks.following import FollowingPages
from webshop.pages.reading import folder_of
from webshop.pages.shelf import Shelf
from webshop.pictures.addresses import picture_largest, picture_src, picture_srcset
from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings
from webshop.shop import Shop
from webshop.web.assets import Assets
from webshop.web.rendering import Renderer
from webshop.web.templates import Mistake
from webshop.web.themes import Theme, folders


def paper(config: Settings) -> Renderer:
    """The templates, for what the owner prints. Raises FileError."""
    store = shop.load(config.shop_file)
    return open_pages(config, store, open_assets(config), open_shelf(config, store))


def inspect_looks(config: Settings, *, draws: bool = True) -> Iterator[Mistake]:
    """What is wrong in templates and stylesheets, the theme's among them, as it is found. What is only seen
    where all of them are drawn in all their states takes five seconds. Raises FileError."""
    from webshop.design.inspection import inspect

    pages = paper(config.model_copy(update={"design": True}))
    own = paper(config.model_copy(update={"design": True, "theme": ""})) if config.theme else None
    yield from inspect(pages, own, open_assets(config).stylesheets(), draws=draws)


def open_assets(config: Settings) -> Assets:
    return Assets(folders(config.theme, "static"), watch=config.mode is not ShopMode.LIVE)


def open_shelf(config: Settings, store: Shop) -> Shelf:
    return Shelf(folder_of(config.shop_file), store, watch=config.mode is not ShopMode.LIVE)


def open_pages(config: Settings, store: Shop, assets: Assets, shelf: Shelf) -> Renderer:
    templates, is_live = folders(config.theme, "templates"), config.mode is ShopMode.LIVE
    theme = Theme(assets.stylesheets, watch=not is_live)
    names = {
        "asset": assets.address,
        "fonts": assets.fonts,
        "picture_src": picture_src,
        "picture_srcset": picture_srcset,
        "picture_largest": picture_largest,
        "own_pages": shelf.own_pages,
        "footer_columns": shelf.footer_columns,
        "shop": store,
        "mode": config.mode,
        "theme": theme,
    }
    if config.design:
        from webshop.design.live import LivePages

        return LivePages(templates, names, watch=not is_live)
    if is_live:
        return _open_following(config, names, assets, shelf, theme)
    return Renderer(templates, names, watch=True)


def _open_following(
    config: Settings, names: Mapping[str, object], assets: Assets, shelf: Shelf, theme: Theme
) -> FollowingPages:
    def reread() -> None:
        assets.reread()
        shelf.reread()
        theme.reread()

    templates = folders(config.theme, "templates")
    watched = (*templates, *assets.folders, folder_of(config.shop_file))
    return FollowingPages(templates, names, watched, reread)
