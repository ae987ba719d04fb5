"""What programs say in their literals and read of their surroundings, by their tokens; nothing is executed."""

from wiretell.scan.literals.acorn import ensure
from wiretell.scan.literals.read import read
from wiretell.scan.literals.values import Form, Literal, NameRead, ReadPiece, Watched

__all__ = ["Form", "Literal", "NameRead", "ReadPiece", "Watched", "ensure", "read"]
