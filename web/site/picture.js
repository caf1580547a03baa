/** Draws the graph: `node picture.js schema.graphql graph.svg`. Types are boxes, fields that lead to a type are lines. */
import { readFileSync, writeFileSync } from 'node:fs';
import ELK from 'elkjs';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  print,
  parse,
} from 'graphql';

const ROW = 22;
const HEAD = 34;
const FOOT = 24;
const MARGIN = 8;
const CHARACTER = 7.4;

const schema = buildSchema(readFileSync(process.argv[2], 'utf8'));
const query = schema.getQueryType();

/** The type whose values a field leads to, through a connection too; null when it leads to none. */
function target(field) {
  const named = getNamedType(field.type);
  if (!isObjectType(named)) return null;
  const nodes = named.name.endsWith('Connection') && named.getFields().nodes;
  return nodes ? { type: getNamedType(nodes.type), isMany: true, connects: true }
    : { type: named, isMany: isListType(getNullableType(field.type)), connects: false };
}

const fieldsOf = (type) => Object.values(type.getFields());
const relationsOf = (type) => fieldsOf(type).map((field) => ({ field, ...target(field) })).filter(({ type: to }) => to);

/** Every type that can be reached from the query, with the way to it that needs the fewest arguments, then steps. */
function reached() {
  const ways = new Map();
  const queue = [{ type: query, way: [], needed: 0 }];
  while (queue.length > 0) {
    queue.sort((one, other) => one.needed - other.needed || one.way.length - other.way.length);
    const { type, way, needed } = queue.shift();
    if (ways.has(type)) continue;
    ways.set(type, way);
    for (const relation of relationsOf(type)) {
      const more = relation.field.args.filter(isRequiredArgument).length;
      queue.push({ type: relation.type, way: [...way, relation], needed: needed + more });
    }
  }
  ways.delete(query);
  return ways;
}

const leavesOf = (type) => fieldsOf(type).filter(
  (field) => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument),
);

/** An operation that asks for a type's values by the shortest way, and empty values for what it needs. */
function operation(type, way) {
  const declared = [];
  const variables = {};
  let selection = leavesOf(type).map(({ name }) => name).join(' ') || '__typename';
  for (const { field, connects } of [...way].reverse()) {
    const given = field.args.filter(isRequiredArgument).map((argument) => {
      const name = argument.name in variables ? `${field.name}_${argument.name}` : argument.name;
      declared.push(`$${name}: ${argument.type}`);
      variables[name] = '';
      return `${argument.name}: $${name}`;
    });
    if (connects && field.args.some(({ name }) => name === 'first')) given.push('first: 3');
    const told = given.length > 0 ? `(${given.join(', ')})` : '';
    selection = `${field.name}${told} { ${connects ? `nodes { ${selection} }` : selection} }`;
  }
  const asked = declared.length > 0 ? `(${declared.join(', ')})` : '';
  const text = print(parse(`query ${type.name}Example${asked} { ${selection} }`));
  const hash = new URLSearchParams({ query: text });
  if (declared.length > 0) hash.set('variables', JSON.stringify(variables, null, 2));
  return `/graphql#${hash}`;
}

const ways = reached();
const boxes = [...ways].map(([type, way]) => {
  const rows = relationsOf(type).map(({ field, type: to, isMany }) => ({
    name: field.name, to, told: isMany ? `[${to.name}]` : to.name,
  }));
  const values = leavesOf(type).filter(({ name }) => name !== 'id').length;
  const roots = relationsOf(query).filter(({ type: to }) => to === type).map(({ field }) => field.name);
  const widest = Math.max(type.name.length * 1.3 + 4, ...rows.map(({ name, told }) => name.length + told.length + 2), 15);
  return {
    type, way, rows, values, roots,
    isNode: type.getInterfaces().some((each) => isInterfaceType(each) && each.name === 'Node'),
    width: Math.ceil(widest * CHARACTER) + 24,
    height: HEAD + rows.length * ROW + FOOT,
  };
});

const graph = await new ELK().layout({
  id: 'graph',
  layoutOptions: {
    'elk.algorithm': 'layered',
    'elk.direction': 'RIGHT',
    'elk.edgeRouting': 'ORTHOGONAL',
    'elk.aspectRatio': '2',
    'elk.spacing.nodeNode': '24',
    'elk.spacing.edgeNode': '16',
    'elk.spacing.edgeEdge': '10',
    'elk.spacing.componentComponent': '28',
    'elk.layered.spacing.nodeNodeBetweenLayers': '44',
    'elk.layered.spacing.edgeNodeBetweenLayers': '14',
    'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
    'elk.padding': `[top=${MARGIN},left=${MARGIN},bottom=${MARGIN},right=${MARGIN}]`,
  },
  children: boxes.map(({ type, rows, width, height }) => ({
    id: type.name,
    width,
    height,
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    ports: [
      { id: `${type.name}>`, x: 0, y: HEAD / 2, width: 0, height: 0, layoutOptions: { 'elk.port.side': 'WEST' } },
      ...rows.map(({ name }, row) => ({
        id: `${type.name}.${name}`, x: width, y: HEAD + row * ROW + ROW / 2, width: 0, height: 0,
        layoutOptions: { 'elk.port.side': 'EAST' },
      })),
    ],
  })),
  edges: boxes.flatMap(({ type, rows }) => rows.map(({ name, to }) => ({
    id: `${type.name}.${name}>`, sources: [`${type.name}.${name}`], targets: [`${to.name}>`],
  }))),
});

const escape = (text) => text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);

function line({ id, sections }) {
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
  const path = points.map(({ x, y }, number) => `${number === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
  return `<path class="edge" data-edge="${id.slice(0, -1)}" d="${path}" marker-end="url(#arrow)"/>`;
}

function drawn({ type, way, rows, values, roots, isNode, width, height }) {
  const { x, y } = graph.children.find(({ id }) => id === type.name);
  const text = (className, at, down, words, anchor = 'start') =>
    `<text class="${className}" x="${at}" y="${down}" text-anchor="${anchor}">${escape(words)}</text>`;
  const lines = rows.map(({ name, told }, row) => {
    const down = HEAD + row * ROW + ROW / 2 + 4;
    return text('relation', 12, down, name) + text('leads-to', width - 12, down, told, 'end');
  });
  const count = `${values} ${values === 1 ? 'value' : 'values'}`;
  const asked = roots.length > 0 ? `Asked by ${roots.join(', ')}.` : 'Reached through others.';
  return [
    `<a class="type${isNode ? ' node' : ''}" data-type="${type.name}" href="${escape(operation(type, way))}"`,
    ` aria-label="${escape(`${type.name}: open in the playground`)}" transform="translate(${x} ${y})">`,
    `<title>${escape(`${type.name}. ${type.description ?? ''} ${asked}`)}</title>`,
    `<rect class="box" width="${width}" height="${height}" rx="8"/>`,
    `<path class="head" d="M0 ${HEAD}V8a8 8 0 0 1 8-8H${width - 8}a8 8 0 0 1 8 8V${HEAD}Z"/>`,
    text('name', 12, HEAD / 2 + 5, type.name),
    roots.length > 0 ? `<circle class="root" cx="${width - 16}" cy="${HEAD / 2}" r="4"/>` : '',
    ...lines,
    text('values', 12, height - 8, count),
    '</a>',
  ].join('');
}

const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 ${Math.ceil(graph.width)} ${Math.ceil(graph.height)}"`,
  ` width="${Math.ceil(graph.width)}" height="${Math.ceil(graph.height)}" role="group" aria-label="The types of the graph">`,
  '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
  '<path class="arrow" d="M0 0.5L8 4L0 7.5Z"/></marker></defs>',
  ...graph.edges.map(line),
  ...boxes.map(drawn),
  '</svg>\n',
].join('');
writeFileSync(process.argv[3], svg);
