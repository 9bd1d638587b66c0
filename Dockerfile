# The shop without its tests, as a user who may write nothing but /data, which a demo needs:
#   docker build -t webshop . && docker run --rm --read-only --tmpfs /tmp -p 8000:8000 webshop
FROM python:3.13-slim AS build

WORKDIR /shop
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
RUN /venv/bin/python -m compileall -q webshop && \
    /venv/bin/python -c "from webshop.web.rendering import Renderer; from webshop.web.themes import folders; \
    Renderer(folders('', 'templates'), {}, watch=False)"

FROM python:3.13-slim

# Packages of Debian that you want besides: --build-arg PACKAGES=postgresql-client for python -m webshop backup.
ARG PACKAGES=""
# hadolint ignore=DL3008
RUN if [ -n "$PACKAGES" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*; \
    fi; \
    useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin shop && \
    install -d -o shop -g shop /data

COPY --from=build /venv /venv
COPY --from=build /shop /shop

ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data PORT=8000
WORKDIR /shop
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
CMD ["python", "-m", "webshop", "serve", "--host", "0.0.0.0"]
