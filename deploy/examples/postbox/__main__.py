"""`python -m deploy.examples.postbox`."""

from deploy.examples import serving
from deploy.examples.postbox import program, settings

if __name__ == "__main__":
    serving.run(lambda: program.start(settings.load()), "postbox")
