"""The operator's brand and texts: what a visitor sees that is not the price list."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.money import MoneyField


class Storefront(models.Model):
    """The operator's brand. One row."""

    class Colour(models.TextChoices):
        BLUE = "blue", _("Blue")
        INDIGO = "indigo", _("Indigo")
        PURPLE = "purple", _("Purple")
        PINK = "pink", _("Pink")
        RED = "red", _("Red")
        ORANGE = "orange", _("Orange")
        GREEN = "green", _("Green")
        TEAL = "teal", _("Teal")

    name = models.CharField(_("name"), max_length=100, default="Weir")
    currency = models.CharField(_("currency"), max_length=10, default="USD")
    colour = models.CharField(
        _("colour"), max_length=10, choices=Colour.choices, default=Colour.INDIGO
    )
    headline = models.CharField(
        _("headline"), max_length=120, blank=True, default="", help_text=_("Of the home page.")
    )
    intro = models.CharField(_("introduction"), max_length=400, blank=True, default="")
    contact_email = models.EmailField(_("contact address"), blank=True, default="")
    logo = models.BinaryField(_("logo"), null=True, blank=True, editable=False)
    logo_type = models.CharField(max_length=40, blank=True, default="", editable=False)
    is_sign_up_open = models.BooleanField(_("anybody may sign up"), default=True)
    asks_consent = models.BooleanField(
        _("whoever signs up agrees to the terms"),
        default=False,
        help_text=_(
            "A tick on the sign-up page, with links to the published pages terms and privacy."
        ),
    )
    languages = models.JSONField(
        _("languages offered"), default=list, blank=True, help_text=_("None chosen: all of them.")
    )
    second_person_above = MoneyField(
        _("second person above"),
        null=True,
        blank=True,
        help_text=_(
            "What one of the staff gives, takes or imports above this amount has to be confirmed "
            "by another one. Empty: one is enough."
        ),
    )

    class Meta:
        verbose_name = _("storefront")
        verbose_name_plural = _("storefront")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="storefront_one_row"),
            models.CheckConstraint(
                condition=models.Q(second_person_above__isnull=True)
                | models.Q(second_person_above__gte=0),
                name="storefront_second_person_from_zero",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def offered_languages(self) -> list[str]:
        """The languages that people may choose, in the order of the settings; never none."""
        known = [code for code, _name in settings.LANGUAGES]
        return [code for code in known if code in self.languages] or known

    @classmethod
    def current(cls) -> "Storefront":
        """The one row, with the defaults when nobody has written it yet."""
        return cls.objects.filter(pk=1).defer("logo").first() or cls(pk=1)


class Page(models.Model):
    """A text of the operator's own: terms, privacy, anything."""

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), help_text=_("Plain text or simple HTML."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_published = models.BooleanField(_("published"), default=True)
    updated_at = models.DateTimeField(_("last change"), auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    def __str__(self) -> str:
        return self.title


class News(models.Model):
    """An announcement to visitors and customers."""

    title = models.CharField(_("title"), max_length=160)
    body = models.TextField(_("text"), help_text=_("Plain text or simple HTML."))
    published_at = models.DateTimeField(_("published"), db_default=Now())
    is_published = models.BooleanField(_("visible"), default=True)

    class Meta:
        ordering = ["-published_at", "-id"]
        verbose_name = _("news item")
        verbose_name_plural = _("news")

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    """A question that visitors ask, and its answer."""

    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer"), help_text=_("Plain text or simple HTML."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_published = models.BooleanField(_("published"), default=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("question")
        verbose_name_plural = _("questions and answers")

    def __str__(self) -> str:
        return self.question
