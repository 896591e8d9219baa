"""What a customer fills in, for every order type of the protocol."""

LINES = "first one\r\nsecond one\nthird one"

INPUTS: dict[str, dict[str, str]] = {
    "Default": {"quantity": "500"},
    "Package": {},
    "SEO": {"quantity": "300", "keywords": LINES},
    "Custom Comments": {"comments": LINES},
    "Mentions": {"quantity": "70", "usernames": "ann\nbob"},
    "Mentions with Hashtags": {"quantity": "70", "usernames": "ann\nbob", "hashtags": "sun\nsea"},
    "Mentions Custom List": {"usernames": "ann\nbob\ncid"},
    "Mentions Hashtag": {"quantity": "70", "hashtag": "sun"},
    "Mentions User Followers": {"quantity": "70", "username": "https://example.com/ann"},
    "Mentions Media Likers": {"quantity": "70", "media": "https://example.com/photo"},
    "Subscriptions": {"username": "ann", "min": "20", "max": "50", "posts": "2", "delay": "0"},
    "Custom Comments Package": {"comments": LINES},
    "Poll": {"quantity": "70", "answer_number": "2"},
    "Invites from Groups": {"quantity": "70", "groups": "https://example.com/group"},
    "Comment Likes": {"quantity": "70", "username": "ann"},
    "Comment Replies": {"username": "ann", "comments": LINES},
    "Web Traffic": {
        "quantity": "70", "country": "DE", "device": "5", "type_of_traffic": "2",
        "referring_url": "https://example.com/from",
    },
    "Custom Data": {"quantity": "70", "custom_data": "anything: at all"},
}  # fmt: skip


def fields_for(order_type: str, *, link: str) -> dict[str, str]:
    """The parameters of `add` for this type, with a link where the type asks for one."""
    fields = dict(INPUTS[order_type])
    return fields if order_type == "Subscriptions" else {"link": link, **fields}
