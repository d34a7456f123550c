# The demo programs: `python -m deploy.examples.postbox` and `python -m deploy.examples.partner`.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
COPY requirements/examples.txt /tmp/requirements.txt
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --disable-pip-version-check --no-cache-dir \
    --no-deps --require-hashes --only-binary :all: -r /tmp/requirements.txt

FROM ${PYTHON_IMAGE} AS examples
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sendero
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/examples deploy/examples
RUN /opt/venv/bin/python -m compileall -q .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8025
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --retries=6 CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=8)"]
CMD ["python", "-m", "deploy.examples.postbox"]
