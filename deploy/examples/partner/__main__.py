"""`python -m deploy.examples.partner`."""

from deploy.examples import serving
from deploy.examples.partner import program, settings

if __name__ == "__main__":
    serving.run(lambda: program.start(settings.load()), "partner")
