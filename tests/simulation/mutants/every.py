"""Every planted defect."""

from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.rules import RULES
from tests.simulation.mutants.server import SERVER
from tests.simulation.mutants.tablet import TABLET

MUTANTS: tuple[Mutant, ...] = (*TABLET, *RULES, *SERVER)
