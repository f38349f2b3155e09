"""What can be wrong with a file or a row; the messages are for the person who brings the file."""

from customers.vietnamese.typed import InputError


class ImportFileError(InputError):
    """The file or its mapping cannot be imported at all."""


class RowError(InputError):
    """One row cannot be imported; `field` is the canonical column that is at fault.

    As a warning it may be a question: `choices` are the codes and names of what the cell can mean.
    """

    def __init__(self, field: str, message: str, choices: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.choices = choices
