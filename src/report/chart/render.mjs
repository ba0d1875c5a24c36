// Reads a Vega-Lite specification (JSON) from standard input, writes it drawn as SVG to standard
// output. Exit status: 0 drawn, 2 the specification is none, 6 Node or its packages do not serve.
// Nothing is loaded from files or the network, whatever the specification says.
import {readFileSync} from 'node:fs';

const kBadSpecification = 2;
const kMissingDependency = 6;

function leave(status, message) {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

async function libraries() {
  const version = process.versions.node;
  if (Number.parseInt(version, 10) < 18) {
    leave(kMissingDependency, `Node ${version} is too old; version 18 or later is needed`);
  }
  try {
    return await Promise.all([import('vega'), import('vega-lite')]);
  } catch (error) {
    return leave(kMissingDependency, String(error.message).split('\n')[0]);
  }
}

// Width of a text in pixels without a canvas: advance widths of DejaVu Sans by class, as in
// captions.cpp. Vega's own estimate is a fourth too wide.
function textWidth(item, text) {
  let width = 0;
  for (const character of String(text ?? '')) {
    if (" ijlI.,:;'|!()[]ft/-".includes(character)) width += 0.35;
    else if ('crskvxyzLTJ'.includes(character)) width += 0.57;
    else if (character >= '\u3000' || 'mwMW@%'.includes(character)) width += 1.0;
    else width += 0.64;
  }
  const bold = item.fontWeight === 'bold' ? 1.12 : 1;
  return width * bold * (item.fontSize ?? 11);
}

async function drawn(text, vega, vegaLite) {
  let refused;
  const refuse = async (uri) => {
    refused = `the specification asks for ${uri}; all data must be inside it`;
    throw new Error(refused);
  };
  const loader = {load: refuse, sanitize: refuse, http: refuse, file: refuse};
  vega.textMetrics.width = textWidth;
  const {spec} = vegaLite.compile(JSON.parse(text));
  const view = new vega.View(vega.parse(spec), {renderer: 'none', loader, logLevel: vega.Warn});
  // Vega only logs what goes wrong inside, and draws the rest.
  view.error = (error) => {
    throw error instanceof Error ? error : new Error(String(error));
  };
  const svg = await view.toSVG();
  if (refused) throw new Error(refused);
  return svg;
}

const [vega, vegaLite] = await libraries();
try {
  process.stdout.write(`${await drawn(readFileSync(0, 'utf8'), vega, vegaLite)}\n`);
} catch (error) {
  leave(kBadSpecification, String(error.message).split('\n')[0]);
}
