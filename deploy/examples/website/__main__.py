"""`python -m deploy.examples.website`."""

from deploy.examples import serving
from deploy.examples.website import program

if __name__ == "__main__":
    serving.run(lambda: program.start(program.load()), "website")
