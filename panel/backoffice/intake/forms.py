"""What staff fill in about a file of customers."""

import uuid
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.backoffice.dressing import Dressed
from panel.backoffice.intake.columns import FIELDS
from panel.backoffice.intake.reading import FILE_MAX, FileRefused, Table, read
from panel.models import Intake
from panel.models.audit import REASON_MAX

MARKS = [(".", gettext_lazy("1234.50 (point)")), (",", gettext_lazy("1234,50 (comma)"))]


class FileForm(Dressed):
    """A file; read as soon as it is there."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )

    def clean_file(self) -> Table:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > FILE_MAX:
            raise forms.ValidationError(
                _("The file is larger than %s MB.") % (FILE_MAX // 1024**2)
            )  # fmt: skip
        try:
            return read(upload.read())
        except FileRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class ColumnsForm(Dressed):
    """Which column each field is read from, and how numbers are written."""

    def __init__(self, intake: Intake, data: Any = None) -> None:
        shown = {code: str(at) for code, at in intake.columns.items()}
        super().__init__(data, initial=shown | {"mark": intake.decimal_mark})
        columns = [(str(at), name or f"({at + 1})") for at, name in enumerate(intake.header)]
        for one in FIELDS:
            is_needed = one.code == "email"
            self.fields[one.code] = forms.ChoiceField(
                label=one.label,
                required=is_needed,
                choices=columns if is_needed else [("", "–"), *columns],
            )
        self.fields["mark"] = forms.ChoiceField(
            label=gettext_lazy("Numbers are written as"), choices=MARKS
        )
        self.dress()

    @property
    def columns(self) -> dict[str, int]:
        """The column of each field that has one."""
        given = self.cleaned_data
        return {one.code: int(given[one.code]) for one in FIELDS if given[one.code]}


class StartForm(Dressed):
    """The word that lets it begin. The token lets it be asked for once."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON_MAX)
    sends_mails = forms.BooleanField(
        label=gettext_lazy("Tell each of them by e-mail how to set a password"),
        required=False,
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, data: Any = None, *, may_mail: bool) -> None:
        super().__init__(data)
        if not may_mail:
            del self.fields["sends_mails"]


class BackForm(Dressed):
    """The word that lets it go back."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        help_text=gettext_lazy("The customer reads it in their statement."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
