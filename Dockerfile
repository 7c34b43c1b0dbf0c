# The console in one image: front-end libraries, Python packages pinned by hash, then only what runs.

FROM node:22 AS front
WORKDIR /app
COPY Makefile package.json package-lock.json ./
COPY tools/need tools/need
RUN make static/vendor/.ready

FROM python:3.11-slim AS packages
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
COPY pyproject.toml requirements.lock README.md ./
COPY deploy/runtime_lock.py deploy/runtime_lock.py
RUN python deploy/runtime_lock.py > /runtime.lock \
 && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /runtime.lock
COPY console console
RUN /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . \
 && /venv/bin/python -c 'import console.realtime._sendloop' \
 && /venv/bin/python -m compileall -q console

FROM python:3.11-slim
WORKDIR /app
RUN useradd --system --uid 10001 --no-create-home console && install -d -o console -g console -m 0700 /data
COPY --from=packages /venv /venv
COPY --from=packages /app/console console
COPY templates templates
COPY locale locale
COPY static static
COPY --from=front /app/static/vendor static/vendor
# All of it belongs to root and the console runs as somebody else: it can write to /data and nowhere else.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CONSOLE_DATA_DIR=/data \
    CONSOLE_HOST=0.0.0.0 \
    CONSOLE_PORT=8000
USER 10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["console"]
CMD ["serve"]
