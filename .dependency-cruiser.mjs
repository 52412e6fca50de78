// Who may import whom (ARCHITECTURE.md). Every rule says what to do instead.
const engines = 'authentication|authorization|admission|audit|encryption|network';
const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });
const notTest = '[.]test[.]ts$|/fixtures/';
// The audit reader and store read and write files, and take the readers of collect/; the rest of audit/ is pure.
const auditFiles = '^src/audit/(reader|store)/';

export default {
  forbidden: [
    rule('no-cycles', 'Two files that need each other are one idea or three: move the shared part down.', {}, { circular: true }),
    rule(
      'cluster-imports-nothing',
      'cluster/ is the vocabulary: pass what it needs as a parameter, or move the code up to the part that owns the idea.',
      { path: '^src/cluster/', pathNot: notTest },
      { path: '^src/', pathNot: '^src/cluster/' },
    ),
    rule(
      'engines-import-cluster-and-each-other-in-order',
      'An engine uses cluster/ and, of the others, only audit → authorization → authentication and admission → authentication, authorization.',
      { path: `^src/(${engines})/`, pathNot: `${notTest}|${auditFiles}` },
      { path: '^src/', pathNot: `^src/(cluster|${engines})/` },
    ),
    rule(
      'audit-files-read-through-collect',
      'The audit reader and store use engines, cluster/ and the byte readers of collect/; what the rest of audit/ needs is passed to it.',
      { path: auditFiles, pathNot: notTest },
      { path: '^src/', pathNot: `^src/(cluster|collect|${engines})/` },
    ),
    rule(
      'audit-rules-do-not-read',
      'The rules of audit/ are pure: reader/ and store/ call them, never the other way.',
      { path: '^src/audit/', pathNot: `${notTest}|${auditFiles}` },
      { path: auditFiles },
    ),
    rule(
      'authentication-first',
      'Authentication knows no other engine: pass in what it needs.',
      { path: '^src/authentication/', pathNot: notTest },
      { path: '^src/(authorization|admission|audit|encryption|network)/' },
    ),
    rule(
      'authorization-second',
      'Authorization may use authentication alone.',
      { path: '^src/authorization/', pathNot: notTest },
      { path: '^src/(admission|audit|encryption|network)/' },
    ),
    rule(
      'admission-third',
      'Admission may use authentication and authorization alone.',
      { path: '^src/admission/', pathNot: notTest },
      { path: '^src/(audit|encryption|network)/' },
    ),
    rule(
      'audit-fourth',
      'Audit may use authorization and authentication alone.',
      { path: '^src/audit/', pathNot: notTest },
      { path: '^src/(admission|encryption|network)/' },
    ),
    rule(
      'encryption-and-network-alone',
      'Encryption and network use cluster/ alone.',
      { path: '^src/(encryption|network)/', pathNot: notTest },
      { path: '^src/(authentication|authorization|admission|audit)/' },
    ),
    rule(
      'encryption-not-network',
      'Encryption and network do not know each other.',
      { path: '^src/encryption/' },
      { path: '^src/network/' },
    ),
    rule(
      'network-not-encryption',
      'Encryption and network do not know each other.',
      { path: '^src/network/' },
      { path: '^src/encryption/' },
    ),
    rule(
      'controls-do-no-io',
      'A control is data and one pure function over the Cluster: what it wants to read belongs into collect/.',
      { path: '^src/controls/', pathNot: notTest },
      { path: '^src/(collect|etcd|apply|verify|sandbox|report|cli|plan|rehearse)/' },
    ),
    rule(
      'plan-says-what-others-do',
      'A plan is data made from results and a Cluster: what starts, changes or probes a cluster imports plan/, not the other way round.',
      { path: '^src/plan/', pathNot: notTest },
      { path: '^src/(apply|verify|sandbox|etcd|rehearse|report|eval|cli)/|^src/collect/live/' },
    ),
    rule(
      'rehearse-compares',
      'rehearse/ sends a log through two worlds: it uses engines, cluster/, plan/ and the words of report/; what starts, changes or reads a cluster belongs elsewhere.',
      { path: '^src/rehearse/', pathNot: notTest },
      {
        path: '^src/',
        pathNot: `^src/(rehearse|cluster|plan|${engines})/|^src/report/(printable|html/(escape|style)|terminal/(layout|width))`,
      },
    ),
    rule(
      'etcd-reads-alone',
      'etcd/ turns bytes into keys and counts: what they mean for a control belongs into verify/ or apply/.',
      { path: '^src/etcd/', pathNot: notTest },
      { path: '^src/', pathNot: '^src/(etcd|cluster)/' },
    ),
    rule(
      'kms-talks-alone',
      'kms/ talks to plug-ins: what a key is for belongs into encryption/ or rotate/.',
      { path: '^src/kms/', pathNot: notTest },
      { path: '^src/', pathNot: '^src/(kms|encryption|cluster)/' },
    ),
    rule(
      'rotate-carries-keys',
      'rotate/ changes keys with what apply/, etcd/ and encryption/ offer: what asks a user or prints belongs into cli/.',
      { path: '^src/rotate/', pathNot: notTest },
      {
        path: '^src/',
        pathNot: '^src/(rotate|apply|collect|etcd|encryption|cluster)/|^src/verify/metrics|^src/controls/(mending|yaml-text)',
      },
    ),
    rule(
      'verify-probes-alone',
      'verify/ asks and reads; what changes a cluster or makes a plan belongs into apply/ or plan/.',
      { path: '^src/verify/', pathNot: notTest },
      { path: '^src/(apply|sandbox|plan|rehearse|assess|cli|eval)/' },
    ),
    rule(
      'report-knows-results-only',
      'A renderer is a function of the report: put the fact into the report.',
      { path: '^src/report/', pathNot: notTest },
      { path: '^src/', pathNot: '^src/(report|results|cluster)/' },
    ),
    rule(
      'nobody-knows-cli',
      'Move the logic out of cli/ into the part that owns it.',
      { path: '^src/', pathNot: '^src/cli/' },
      { path: '^src/cli/' },
    ),
    rule(
      'pure-parts-touch-nothing',
      'Engines, controls, cluster and report are pure: no file, network, process or clock. Read in collect/, pass the value.',
      { path: `^src/(cluster|${engines}|controls|report)/`, pathNot: `${notTest}|${auditFiles}` },
      { dependencyTypes: ['core'], path: '^(node:)?(fs|net|http|https|http2|tls|child_process|dns|os|worker_threads|process)' },
    ),
    rule(
      'apply-carries-out',
      'apply/ carries plans out and back: what judges, probes or prints belongs into another part and is passed in.',
      { path: '^src/apply/', pathNot: notTest },
      { path: '^src/', pathNot: `^src/(apply|cluster|collect|plan|etcd|${engines})/` },
    ),
    rule(
      'sandbox-stands-on-plan',
      'The sandbox starts servers with what collect/ and plan/ give it: pass it in, or move the shared part down.',
      { path: '^src/sandbox/', pathNot: notTest },
      { path: '^src/', pathNot: `^src/(sandbox|cluster|collect|plan|${engines})/|^src/report/printable` },
    ),
    rule(
      'no-dev-dependencies',
      'What ships is bundled or a dependency: move the package or do without.',
      { path: '^src/', pathNot: notTest },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
