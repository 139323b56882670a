FROM node:24-bookworm-slim AS build
WORKDIR /crm
COPY package.json package-lock.json .npmrc ./
COPY patches patches
RUN npm ci
COPY . .
RUN npm run build
RUN npm prune --omit=dev

FROM node:24-bookworm-slim
WORKDIR /crm
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=build /crm/package.json ./
COPY --from=build /crm/node_modules node_modules
COPY --from=build /crm/dist dist
USER node
EXPOSE 4000
HEALTHCHECK --start-period=30s CMD ["node", "dist/src/commands/health.js"]
# Starts node directly, so that SIGTERM reaches the server.
CMD ["node", "--max-old-space-size=768", "--max-semi-space-size=8", "dist/src/main.js"]
