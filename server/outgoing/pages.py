"""The pages behind the links in what is written to customers: two languages, no name, nothing that tracks."""

from litestar import MediaType, Response

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}

_STYLE = (
    "body{margin:0;background:#fbf9f6;color:#1d1b18;font:18px/1.5 Georgia,serif}"
    "main{max-width:34em;margin:12vh auto;padding:0 1.2em}section{margin:0 0 3em}h1{font-weight:400}"
    "button{font:inherit;color:#fff;background:#1f4d45;border:0;border-radius:8px;padding:.7em 1.4em;"
    "min-height:48px}button:focus-visible,input:focus-visible{outline:3px solid #9cd3c3}"
    "label{display:block;margin:0 0 1.2em}input{font:inherit;box-sizing:border-box;width:100%;"
    "min-height:48px;padding:.4em .6em;color:inherit;background:#fff;border:1px solid #5c564d;"
    "border-radius:8px}fieldset{border:0;padding:0;margin:2em 0}legend{font-size:1.2em;padding:0}"
    ".box{display:flex;gap:.8em;min-height:48px}.box input{flex:none;width:24px;"
    "min-height:24px;margin:.2em 0}"
)

# what is said: (French heading, text, button), (English ...); a page without a button has none
_ASK_LEAVE = (
    ("Ne plus recevoir ces messages", "Un seul geste, et c'est fait.", "Ne plus les recevoir"),
    ("Stop these messages", "One tap, and it is done.", "Stop them"),
)
_LEFT = (
    ("C'est fait", "Vous ne recevrez plus de messages de ce genre.", ""),
    ("Done", "You will get no more messages of this kind.", ""),
)
_ASK_CONFIRM = (
    ("Confirmer votre accord", "S'il vient bien de vous, confirmez-le ici.", "Confirmer"),
    ("Confirm your consent", "If it was you who gave it, confirm it here.", "Confirm"),
)
_CONFIRMED = (
    ("Merci", "Votre accord est confirmé. Vous pouvez le retirer à tout moment.", ""),
    ("Thank you", "Your consent is confirmed. You may withdraw it at any time.", ""),
)
_THANKED = (
    ("Merci", "Nous avons bien reçu vos coordonnées.", ""),
    ("Thank you", "Your details have reached us.", ""),
)
_OVER = (
    ("Ce lien ne vaut plus", "Demandez-en un autre en boutique, si vous le souhaitez.", ""),
    ("This link has ended", "Ask for another in the shop, if you wish.", ""),
)


def ask_leave() -> Response[bytes]:
    """Ask whether she wants to leave: the same page whatever the link."""
    return _page(_ASK_LEAVE)


def left() -> Response[bytes]:
    """Say that it is done: the same page whatever the link."""
    return _page(_LEFT)


def ask_confirm() -> Response[bytes]:
    """Ask her to confirm."""
    return _page(_ASK_CONFIRM)


def confirmed() -> Response[bytes]:
    """Thank her."""
    return _page(_CONFIRMED)


def thanked() -> Response[bytes]:
    """Thank her for what she wrote of herself."""
    return _page(_THANKED)


def over() -> Response[bytes]:
    """Say that a link is none, or is too old."""
    return _page(_OVER)


def _page(said: tuple[tuple[str, str, str], tuple[str, str, str]]) -> Response[bytes]:
    sections = "".join(
        f'<section lang="{language}"><h1>{heading}</h1><p>{text}</p>{_button(button)}</section>'
        for language, (heading, text, button) in zip(("fr", "en"), said, strict=True)
    )
    return page("fr", said[0][0], sections)


def page(language: str, title: str, body: str) -> Response[bytes]:
    """Return a page of ours, from words that are HTML already."""
    whole = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return Response(whole.encode(), media_type=MediaType.HTML, headers=HEADERS)


def _button(words: str) -> str:
    # An empty action posts to the page's own address.
    return f'<form method="post"><button type="submit">{words}</button></form>' if words else ""
