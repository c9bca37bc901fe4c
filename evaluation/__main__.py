"""`python -m evaluation`: the localization benchmark and the tables of the MedicalPatchNet README."""

import sys

import typer

from data_cache.cli import run
from evaluation.ablation.command import ablate
from evaluation.alike.command import alike
from evaluation.assessment.command import assessment
from evaluation.commands.benchmark import benchmark, spread
from evaluation.commands.compare import compare
from evaluation.commands.prior import prior
from evaluation.commands.report import report
from evaluation.gaze.command import gaze
from evaluation.geometry.command import geometry
from evaluation.readers.command import readers
from evaluation.trust.command import trust
from evaluation.trust.probabilities_command import probabilities
from evaluation.trust.profile_command import profile

app = typer.Typer(help="Benchmarks of saliency maps.", no_args_is_help=True, add_completion=False)
app.command("benchmark")(benchmark)
app.command("compare")(compare)
app.command("report")(report)
app.command("geometry")(geometry)
app.command("gaze")(gaze)
app.command("readers")(readers)
app.command("prior")(prior)
app.command("profile")(profile)
app.command("probabilities")(probabilities)
app.command("trust")(trust)
app.command("alike")(alike)
app.command("assessment")(assessment)
app.command("ablate")(ablate)

if __name__ == "__main__":
    sys.argv[1:] = spread(sys.argv[1:])
    run(app)
