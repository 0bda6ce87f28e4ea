'use strict';
/**
 * Writes the input of app.js: what the Python app synthesized, as constructs with L1 properties (camelCase).
 *
 * node plan.js ASSEMBLY PLAN.json
 *
 * Runs before anything is measured, so that the measured app does what an app written by hand would do. Whatever this
 * script doesn't know (a section, an intrinsic function) ends it: a peer that leaves something out would look faster.
 */
const fs = require('node:fs');
const path = require('node:path');
const cdk = require('aws-cdk-lib');

const library = path.dirname(require.resolve('aws-cdk-lib/package.json'));
const CLASSES = readJson(path.join(library, 'cloudformation-include', 'cfn-types-2-classes.json'));
// Written by CDK itself into every template or resource; the peer's own CDK writes them again.
const SECTIONS = new Set(['Description', 'Resources', 'Parameters', 'Rules']);
const RESOURCE_KEYS = new Set([
  'Type', 'Properties', 'Metadata', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy',
]);
const BOOTSTRAP = 'BootstrapVersion'; // the synthesizer's own parameter
const OWN_METADATA = new Set(['aws:cdk:path', 'cdk_nag']);
const scratch = new cdk.App({ analyticsReporting: false });
const placeholder = /^@@(\d+)@@$/;

function readJson(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

function fail(message) {
  throw new Error(`GF-BENCH-020: ${message}: extend tools/foundation/bench/peer/plan.js`);
}

/** Intrinsic functions become placeholder strings; `tokens` keeps what app.js makes of them. */
function hide(value, tokens) {
  if (Array.isArray(value)) return value.map((each) => hide(each, tokens));
  if (value === null || typeof value !== 'object') return value;
  const [name, ...more] = Object.keys(value);
  const intrinsic = more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
  if (!intrinsic) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hide(each, tokens)]));
  tokens.push(token(name, value[name]));
  return `@@${tokens.length - 1}@@`;
}

function token(name, value) {
  if (name === 'Ref') return value.startsWith('AWS::') ? { $pseudo: value } : { $ref: value };
  if (name === 'Fn::GetAtt') return { $att: Array.isArray(value) ? value : value.split(/\.(.*)/s, 2) };
  if (name === 'Fn::Join' && value[0] === '' && Array.isArray(value[1])) {
    const inner = [];
    const parts = hide(value[1], inner);
    return { $join: show(parts, inner) };
  }
  return fail(`the intrinsic function ${name} is unknown here`);
}

/** The reverse of `hide`. */
function show(value, tokens) {
  if (typeof value === 'string') {
    const found = placeholder.exec(value);
    return found ? tokens[Number(found[1])] : value;
  }
  if (Array.isArray(value)) return value.map((each) => show(each, tokens));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, show(each, tokens)]));
}

/** Properties as the L1 class wants them, by CDK's own conversion from a template. */
function l1(scope, type, properties, id) {
  const place = CLASSES[type] ?? fail(`aws-cdk-lib has no class for ${type}`);
  const [module, name] = place.split(/\.(?=[^.]+$)/);
  const parser = { parseValue: (value) => value, handleAttributes: () => undefined };
  const made = require(module)[name]._fromCloudFormation(scope, id, { Properties: properties }, { parser });
  return { module, name, props: made.cfnProperties, overrides: made.rawOverrides.Properties ?? {} };
}

/** Removes the tags that the app sets with `Tags.of(...)`. */
function withoutTags(props, inherited) {
  const { tags, ...rest } = props;
  if (!tags) return rest;
  const left = Array.isArray(tags)
    ? tags.filter((tag) => inherited[tag.key] !== tag.value)
    : Object.fromEntries(Object.entries(tags).filter(([key, value]) => inherited[key] !== value));
  return Object.keys(left).length ? { ...rest, tags: left } : rest;
}

function resource(context, logicalId, body) {
  for (const key of Object.keys(body)) if (!RESOURCE_KEYS.has(key)) fail(`${logicalId} has ${key}`);
  const segments = body.Metadata['aws:cdk:path'].split('/').slice(context.depth);
  const metadata = Object.entries(body.Metadata).filter(([key]) => !OWN_METADATA.has(key));
  const common = {
    segments,
    metadata,
    dependsOn: [body.DependsOn ?? []].flat(),
    retain: RETAINED[body.DeletionPolicy],
  };
  const tokens = [];
  const hidden = hide(body.Properties ?? {}, tokens);
  if (body.Type.startsWith('Custom::')) {
    const { ServiceToken, ServiceTimeout, ...properties } = show(hidden, tokens);
    return { ...common, custom: body.Type, serviceToken: ServiceToken, timeout: ServiceTimeout, properties };
  }
  const { module, name, props, overrides } = l1(context.scratch, body.Type, hidden, logicalId);
  const asset = assetOf(context, props);
  return {
    ...common,
    module,
    name,
    asset,
    props: show(withoutTags(props, context.tags), tokens),
    overrides: show(overrides, tokens),
  };
}

/** The staged file or folder behind `s3Key`, for code and layers. */
function assetOf(context, props) {
  for (const [name, value] of Object.entries(props)) {
    const file = value && typeof value === 'object' ? context.assets[value.s3Key] : undefined;
    if (file) return { property: name, file };
  }
  return undefined;
}

function assetFiles(folder, artifact) {
  const files = {};
  for (const name of artifact.dependencies ?? []) {
    const manifest = path.join(folder, `${name}.json`);
    if (!fs.existsSync(manifest)) continue;
    for (const each of Object.values(readJson(manifest).files)) {
      for (const destination of Object.values(each.destinations)) {
        files[destination.objectKey] = path.resolve(folder, each.source.path);
      }
    }
  }
  return files;
}

function stack(folder, names, artifact) {
  const template = readJson(path.join(folder, artifact.properties.templateFile));
  for (const key of Object.keys(template)) if (!SECTIONS.has(key)) fail(`${artifact.displayName} has ${key}`);
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(artifact.environment);
  const segments = artifact.displayName.split('/');
  const tags = artifact.properties.tags ?? {};
  const context = {
    scratch: new cdk.Stack(scratch, artifact.displayName.replaceAll('/', '-')),
    depth: segments.length,
    tags,
    assets: assetFiles(folder, artifact),
  };
  const metadata = artifact.additionalMetadataFile ? readJson(path.join(folder, artifact.additionalMetadataFile)) : {};
  const parameters = Object.entries(template.Parameters ?? {}).filter(([id]) => id !== BOOTSTRAP);
  const resources = Object.entries(template.Resources).map(([id, body]) => [id, resource(context, id, body)]);
  return {
    id: segments.at(-1),
    name: artifact.properties.stackName,
    env: { account, region },
    description: template.Description,
    tags,
    dependencies: (artifact.dependencies ?? []).filter((name) => name in names).map((name) => names[name]),
    parameters: Object.fromEntries(parameters.map(([id, body]) => [id, parameter(id, body)])),
    resources: Object.fromEntries(resources),
    acknowledged: acknowledged(metadata, context.depth),
  };
}

/** A parameter of the template, as CfnParameter takes it. */
function parameter(id, { Type, Default, ...more }) {
  if (Object.keys(more).length) fail(`the parameter ${id} has ${Object.keys(more)}`);
  return { type: Type, default: Default };
}

/** [construct path below the stack, {rule: reason}] */
function acknowledged(metadata, depth) {
  return Object.entries(metadata).flatMap(([where, entries]) =>
    entries
      .filter((entry) => entry.type === 'aws:cdk:acknowledged-rules')
      .map((entry) => [where.split('/').slice(1 + depth), entry.data]),
  );
}

function stage(assembly, artifact) {
  const folder = path.join(assembly, artifact.properties.directoryName);
  const artifacts = Object.entries(readJson(path.join(folder, 'manifest.json')).artifacts);
  const found = artifacts.filter(([, each]) => each.type === 'aws:cloudformation:stack');
  const names = Object.fromEntries(found.map(([key, each]) => [key, each.displayName.split('/').at(-1)]));
  const stacks = found.map(([, each]) => stack(folder, names, each));
  const shared = Object.entries(stacks[0].tags).filter(([key, value]) => stacks.every((s) => s.tags[key] === value));
  const tags = Object.fromEntries(shared);
  for (const each of stacks) {
    each.tags = Object.fromEntries(Object.entries(each.tags).filter(([key]) => !(key in tags)));
  }
  // The artifact of a nested assembly doesn't name its stage; the paths of its stacks do.
  return { id: found[0][1].displayName.split('/')[0], tags, stacks };
}

// Deletion policy of a template -> name of CDK's removal policy.
const RETAINED = { Retain: 'RETAIN', RetainExceptOnCreate: 'RETAIN_ON_UPDATE_OR_DELETE' };

const [assembly, target] = process.argv.slice(2);
const artifacts = Object.values(readJson(path.join(assembly, 'manifest.json')).artifacts);
const stages = artifacts.filter((each) => each.type === 'cdk:cloud-assembly').map((each) => stage(assembly, each));
fs.writeFileSync(target, JSON.stringify({ stages }));
