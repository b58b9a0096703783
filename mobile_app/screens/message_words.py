"""What became of a message, in words."""

from mobile_app.i18n import tr


def state_words(state: str, why: str = "") -> str:
    """Return where a message stands, and why it did not reach her."""
    words = {
        "queued": tr("Leaves when the line is there"),
        "sent": tr("Sent"),
        "cancelled": tr("Taken back"),
        "refused": tr("Not sent"),
        "answered": tr("Answered by her"),
        "bounced": tr("Came back: the address is not known"),
        "unsure": tr("Perhaps sent: no answer came"),
    }.get(state, state)
    reason = {
        "withdrawn": tr("she said no"),
        "never_asked": tr("she was never asked"),
        "unproven": tr("nothing proves her yes"),
        "pending": tr("she has not confirmed by e-mail"),
        "pressure": tr("enough was written to her"),
        "restricted": tr("her data may be used for nothing"),
        "no_address": tr("no address is known"),
        "no_provider": tr("nobody carries such messages here"),
        "undeliverable": tr("nobody took it, after many attempts"),
    }.get(why, "")
    told = reason and state == "refused"
    return tr("{state}: {why}").format(state=words, why=reason) if told else words
