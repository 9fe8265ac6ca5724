// What Continue makes of a block file, by its own reader and in the order of its `loadLocalYamlBlocks`.
// In: the URLs of @continuedev/config-yaml and of the file. Out: its servers, in JSON. Secrets come from the
// environment, which is where Continue looks last.
const [, , reader, fileUri] = process.argv;
const { RegistryClient, unrollAssistantFromContent } = await import(reader);

const platformClient = {
  async resolveFQSNs(names) {
    return names.map((fqsn) => {
      const value = process.env[fqsn.secretName];
      const secretLocation = { secretName: fqsn.secretName, secretType: value ? "process_env" : "not_found" };
      return value ? { found: true, fqsn, value, secretLocation } : { found: false, fqsn, secretLocation };
    });
  },
};

const { config, errors } = await unrollAssistantFromContent(
  { uriType: "file", fileUri: "" },
  "name: FILLER\nschema: v1\nversion: 0.0.1",
  new RegistryClient(),
  {
    currentUserSlug: "",
    onPremProxyUrl: null,
    orgScopeId: null,
    platformClient,
    renderSecrets: true,
    injectBlocks: [{ uriType: "file", fileUri }],
  },
);
console.log(JSON.stringify({ servers: config.mcpServers, errors: errors ?? [] }));
