/**
 * Rules of this project that a machine holds: a plugin of `deno lint`.
 *
 * Each rule reads one file at a time. Which room may import which is held by
 * `floors_test.ts`, which sees all files.
 *
 * @module
 */

type Context = Deno.lint.RuleContext;
type Rule = Deno.lint.Rule;

/** A rule that holds for the files whose path fits, and for no other. */
function buildRule(
  applies: (path: string) => boolean,
  visit: (context: Context) => Deno.lint.LintVisitor,
): Rule {
  return {
    create: (context) => {
      const path = toProjectPath(context.filename);
      return path !== GENERATED && applies(path) ? visit(context) : {};
    },
  };
}

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** The path below the project: plugins are told whole paths. */
function toProjectPath(filename: string): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
}

const isFunctionCode = (path: string): boolean => path.startsWith("functions/");
const isProduct = (path: string): boolean => isFunctionCode(path) || path.startsWith("supabase/");
/** A generator writes this file as it likes. */
const GENERATED = "functions/_shared/database/types.ts";

/** The database has one door: what calls it beside the door is not checked against the schema. */
const databaseDoor = buildRule(
  (path) => isFunctionCode(path) && !path.startsWith("functions/_shared/database/"),
  (context) => ({
    MemberExpression(node): void {
      if (node.property.type === "Identifier" && node.property.name === "rpc") {
        context.report({
          node,
          message: "SQL is called through functions/_shared/database alone: define the call with defineCall",
        });
      }
    },
  }),
);

/** A function is configured in one place, which stops it at start with a sentence. */
const environment = buildRule(
  (path) => isFunctionCode(path) && path !== "functions/_shared/config.ts",
  (context) => ({
    'MemberExpression[object.name="Deno"][property.name="env"]'(node): void {
      context.report({ node, message: "The environment is read in functions/_shared/config.ts alone" });
    },
  }),
);

/** What returns a function is a factory, and says so. What listens returns how to stop. */
const builderNames = buildRule(isProduct, (context) => ({
  FunctionDeclaration({ id, body }): void {
    const last = body?.body.at(-1);
    const built = last?.type === "ReturnStatement" ? last.argument?.type : undefined;
    const isFunction = built === "ArrowFunctionExpression" || built === "FunctionExpression";
    if (isFunction && id && !/^(build|define|on)[A-Z]/.test(id.name)) {
      context.report({ node: id, message: "What builds a function is named build… (or define…)" });
    }
  },
}));

/** Statements stand in blocks: a line that is added later cannot fall out of its condition. */
const blocks = buildRule(() => true, (context) => {
  const check = (body: Deno.lint.Statement | null): void => {
    if (body && body.type !== "BlockStatement" && body.type !== "IfStatement") {
      context.report({
        node: body,
        message: "A statement below a condition or a loop stands in a block",
        fix: (fixer) => fixer.replaceText(body, `{\n${context.sourceCode.getText(body)}\n}`),
      });
    }
  };
  return {
    IfStatement(node): void {
      check(node.consequent);
      check(node.alternate);
    },
    ForStatement: ({ body }): void => check(body),
    ForInStatement: ({ body }): void => check(body),
    ForOfStatement: ({ body }): void => check(body),
    WhileStatement: ({ body }): void => check(body),
  };
});

/** A list that is spread into a list says nothing that the list itself would not. */
const idleSpreads = buildRule(isProduct, (context) => ({
  SpreadElement(node): void {
    const spread = node.argument.type === "TSAsExpression" ? node.argument.expression : node.argument;
    if (spread.type === "ArrayExpression" || spread.type === "ObjectExpression") {
      context.report({ node, message: "Spread nothing that is written out here: write its members" });
    }
  },
}));

/** What is written out at the top of a file and never changes is a constant, and looks like one. */
const constants = buildRule(isProduct, (context) => ({
  "Program > VariableDeclaration, Program > ExportNamedDeclaration > VariableDeclaration"(
    node: Deno.lint.VariableDeclaration,
  ): void {
    for (const { id, init } of node.kind === "const" ? node.declarations : []) {
      if (id.type === "Identifier" && isWrittenOut(init) && !/^[A-Z][A-Z0-9_]*$/.test(id.name)) {
        context.report({ node: id, message: "A constant is written in upper case" });
      }
    }
  },
}));

/** Whether a value is written out: a literal, or a list, a set or a map of values that are. */
function isWrittenOut(value: Deno.lint.Expression | null): boolean {
  switch (value?.type) {
    case "Literal":
      return true;
    case "TemplateLiteral":
      return value.expressions.length === 0;
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return isWrittenOut(value.expression);
    case "BinaryExpression":
      return isWrittenOut(value.left as Deno.lint.Expression) && isWrittenOut(value.right);
    case "ArrayExpression":
      return value.elements.every((element) => isWrittenOut(element as Deno.lint.Expression));
    case "ObjectExpression":
      return value.properties.every((property) =>
        property.type === "Property" && isWrittenOut(property.value as Deno.lint.Expression)
      );
    case "NewExpression":
      return value.callee.type === "Identifier" && ["Set", "Map"].includes(value.callee.name) &&
        value.arguments.length > 0 &&
        value.arguments.every((argument) => isWrittenOut(argument as Deno.lint.Expression));
    default:
      return false;
  }
}

/** A table that is looked up by any text is a map: an object would find `constructor`, which nobody wrote there. */
const ownMembers = buildRule(isFunctionCode, (context) => ({
  "Program > VariableDeclaration > VariableDeclarator"({ id, init }: Deno.lint.VariableDeclarator): void {
    const type = id.type === "Identifier" ? id.typeAnnotation?.typeAnnotation : undefined;
    const isRecord = type?.type === "TSTypeReference" &&
      /^(Readonly<)?Record<string,/.test(context.sourceCode.getText(type));
    if (isRecord && init?.type === "ObjectExpression") {
      context.report({ node: id, message: "A table by text is a Map: an object has inherited members" });
    }
  },
  BinaryExpression(node): void {
    if (node.operator === "in" && node.left.type !== "Literal") {
      context.report({ node, message: "Ask for a member with Object.hasOwn: `in` finds inherited ones" });
    }
  },
}));

/** Where a sentence stands among the arguments of what makes an error. */
const SENTENCES = new Map([["OAuthError", 1], ["unavailable", 0], ["Error", 0], ["Problem", 0]]);
/** What leaves the house: it says what could not be done, and why. */
const PUBLIC = ["OAuthError", "unavailable"];
const CONTRACTION = /n't\b|\b(it|that|there|here|what|who|let|he|she)'s\b|'(re|ll|ve|d|m)\b/i;

/** An error says one plain sentence. What is put into a template is not looked at. */
const errorSentences = buildRule(isProduct, (context) => {
  const check = (node: Deno.lint.NewExpression | Deno.lint.CallExpression): void => {
    const name = node.callee.type === "Identifier" ? node.callee.name : "";
    const sentence = SENTENCES.has(name) ? readText(node.arguments[SENTENCES.get(name)!]) : undefined;
    const problem = sentence === undefined ? undefined : findProblem(sentence, PUBLIC.includes(name));
    if (problem) {
      context.report({ node, message: `An error's sentence ${problem}` });
    }
  };
  return { NewExpression: check, CallExpression: check };
});

/** The text of a literal or a template, with an ellipsis for what is put in. */
function readText(node: Deno.lint.Node | undefined): string | undefined {
  if (node?.type === "TemplateLiteral") {
    return node.quasis.map(({ cooked }) => cooked).join("…");
  }
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

function findProblem(sentence: string, isPublic: boolean): string | undefined {
  if (!/^[\p{Lu}…]/u.test(sentence)) {
    return "starts with a capital";
  }
  if (/[.!]$/.test(sentence)) {
    return "ends without a full stop";
  }
  if (CONTRACTION.test(sentence)) {
    return "has no contraction";
  }
  return isPublic && !/^Cannot [a-z]+( [^:]+)?: ./.test(sentence)
    ? "that a caller reads is: Cannot <verb> <object>: <state>"
    : undefined;
}

/** The plugin. */
const plugin: Deno.lint.Plugin = {
  name: "gatepost",
  rules: {
    "database-door": databaseDoor,
    environment,
    "builder-names": builderNames,
    blocks,
    "idle-spreads": idleSpreads,
    constants,
    "own-members": ownMembers,
    "error-sentences": errorSentences,
  },
};

export default plugin;
