'use strict';
/**
 * The JavaScript app that the Python app is compared with: the same stages, stacks, resources, tags, acknowledgements,
 * assets and app flags, from aws-cdk-lib's L1 classes directly.
 *
 * Context as the Python app has it: `account` synthesizes one account. PEER_PLAN names plan.js's output; PEER_RULES=0
 * leaves the two rule packs out.
 */
const fs = require('node:fs');
const path = require('node:path');
const cdk = require('aws-cdk-lib');
const { Asset } = require('aws-cdk-lib/aws-s3-assets');
const { Construct } = require('constructs');
const nag = require('cdk-nag');

class PlannedStack extends cdk.Stack {
  constructor(scope, plan) {
    super(scope, plan.id, { env: plan.env, description: plan.description, stackName: plan.name });
    this.plan = plan;
    this.places = new Map([['', this]]);
    this.made = new Map();
    for (const [key, value] of Object.entries(plan.tags)) cdk.Tags.of(this).add(key, value);
    this.parameters = new Map(
      Object.entries(plan.parameters).map(([id, props]) => [id, new cdk.CfnParameter(this, id, props)]),
    );
    for (const id of Object.keys(plan.resources)) this.make(id);
    for (const [id, planned] of Object.entries(plan.resources)) this.finish(this.made.get(id), planned);
    for (const [segments, rules] of plan.acknowledged) {
      const where = this.places.get(segments.join('/'));
      for (const [id, reason] of Object.entries(rules)) cdk.Validations.of(where).acknowledge({ id, reason });
    }
  }

  /** The construct at a path below the stack, made when it isn't there. */
  place(segments) {
    const key = segments.join('/');
    let found = this.places.get(key);
    if (!found) {
      found = new Construct(this.place(segments.slice(0, -1)), segments.at(-1));
      this.places.set(key, found);
    }
    return found;
  }

  /** A resource, after those that its properties refer to. */
  make(logicalId) {
    const known = this.made.get(logicalId);
    if (known) return known;
    const planned = this.plan.resources[logicalId];
    const made = planned.custom ? this.customResource(planned) : this.resource(planned);
    this.made.set(logicalId, made);
    return made;
  }

  resource(planned) {
    const props = this.value(planned.props);
    const scope = this.place(planned.segments.slice(0, -1));
    const id = planned.segments.at(-1);
    if (planned.asset) {
      const asset = new Asset(scope, `${id}Code`, { path: planned.asset.file });
      props[planned.asset.property] = { s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey };
    }
    const made = new (require(planned.module)[planned.name])(scope, id, props);
    for (const [key, value] of Object.entries(planned.overrides)) made.addPropertyOverride(key, this.value(value));
    this.places.set(planned.segments.join('/'), made);
    return made;
  }

  customResource(planned) {
    const segments = planned.segments.slice(0, -1);
    const made = new cdk.CustomResource(this.place(segments.slice(0, -1)), segments.at(-1), {
      resourceType: planned.custom,
      serviceToken: this.value(planned.serviceToken),
      serviceTimeout: planned.timeout ? cdk.Duration.seconds(Number(planned.timeout)) : undefined,
      properties: this.value(planned.properties),
      removalPolicy: cdk.RemovalPolicy[planned.retain],
    });
    this.places.set(segments.join('/'), made);
    this.places.set(planned.segments.join('/'), made.node.defaultChild);
    return made;
  }

  finish(made, planned) {
    const target = planned.custom ? made.node.defaultChild : made;
    if (planned.retain && !planned.custom) made.applyRemovalPolicy(cdk.RemovalPolicy[planned.retain]);
    for (const [key, value] of planned.metadata) target.addMetadata(key, value);
    for (const id of planned.dependsOn) {
      if (planned.custom || this.plan.resources[id].custom) made.node.addDependency(this.made.get(id));
      else made.addResourceDependency(this.made.get(id));
    }
  }

  /** A planned value with its references as tokens. */
  value(planned) {
    if (Array.isArray(planned)) return planned.map((each) => this.value(each));
    if (planned === null || typeof planned !== 'object') return planned;
    if (planned.$ref) return this.parameters.get(planned.$ref)?.valueAsString ?? this.make(planned.$ref).ref;
    if (planned.$att) return this.attribute(...planned.$att);
    if (planned.$join) return planned.$join.map((each) => this.value(each)).join('');
    if (planned.$pseudo) return cdk.Token.asString({ Ref: planned.$pseudo });
    const made = {};
    for (const key in planned) made[key] = this.value(planned[key]);
    return made;
  }

  attribute(logicalId, name) {
    const made = this.make(logicalId);
    return this.plan.resources[logicalId].custom ? made.getAttString(name) : made.getAtt(name).toString();
  }
}

class PlannedStage extends cdk.Stage {
  constructor(scope, plan) {
    super(scope, plan.id);
    const stacks = new Map(plan.stacks.map((each) => [each.id, new PlannedStack(this, each)]));
    for (const each of plan.stacks) {
      for (const needed of each.dependencies) stacks.get(each.id).addStackDependency(stacks.get(needed));
    }
    for (const [key, value] of Object.entries(plan.tags)) cdk.Tags.of(this).add(key, value);
    cdk.Aspects.of(this).add(new nag.WriteNagSuppressionsToCloudFormationAspect());
  }
}

const { stages } = JSON.parse(fs.readFileSync(process.env.PEER_PLAN, 'utf8'));
// The flags of app.py; a test compares them.
const app = new cdk.App({
  postCliContext: { '@aws-cdk/core:failSynthOnValidationErrors': true },
  builtinCloudFormationValidation: false,
  analyticsReporting: false,
  treeMetadata: false,
  stackTraces: false,
});
const only = app.node.tryGetContext('account');
for (const stage of stages) if (!only || stage.id === only) new PlannedStage(app, stage);
if (process.env.PEER_RULES !== '0') {
  cdk.Validations.of(app).addPlugins(new nag.AwsSolutionsChecks(app), new nag.NIST80053R5Checks(app));
}
fs.rmSync(path.join(app.outdir, 'validation-report.json'), { force: true });
app.synth();
