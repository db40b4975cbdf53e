# One image for every service of LVS Warden: `lvs-warden SUBCOMMAND`, and `lvsctl`.
FROM node:24-bookworm-slim AS build
# A mirror of the npm registry, for those who have one: --build-arg NPM_CONFIG_REGISTRY=URL
ARG NPM_CONFIG_REGISTRY
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY probes probes
COPY services services
RUN npx tsc -p tsconfig.build.json --sourceMap false \
 && node services/console/web/build.mjs \
 && chmod 755 dist/services/lvs-warden.js dist/services/cli/main.js \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -type d -empty -delete

FROM node:24-bookworm-slim
# The folders of state and socket belong to the user of every service but the director's agent.
RUN ln -s /app/dist/services/lvs-warden.js /usr/local/bin/lvs-warden \
 && ln -s /app/dist/services/cli/main.js /usr/local/bin/lvsctl \
 && install -d -m 0700 -o 1000 -g 1000 /var/lib/lvs-warden /run/lvs-warden
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
ENV NODE_ENV=production \
    LVS_WARDEN_STATE=/var/lib/lvs-warden \
    LVS_WARDEN_SOCKET=/run/lvs-warden/lvs-warden.sock \
    LVSCTL_SOCKET=/run/lvs-warden/lvs-warden.sock \
    LVS_WARDEN_HTTP=0.0.0.0:9640
USER 1000:1000
EXPOSE 9640
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=3 CMD ["lvs-warden", "health"]
ENTRYPOINT ["lvs-warden"]
CMD ["--help"]
