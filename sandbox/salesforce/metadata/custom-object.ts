import { badRequest } from '../errors.ts';
import { object as makeObject } from '../schema/define.ts';
import { ref, text } from '../schema/fields.ts';
import type { ObjectDef } from '../schema/types.ts';
import { checkName, type Meta, str } from './custom-field.ts';

/** A custom object from its metadata. Its owner field is there unless a master record owns it. */
export function objectFromMetadata(name: string, meta: Meta, keyPrefix: string, definitionId: string): ObjectDef {
  checkName(name);
  const label = str(meta.label);
  const plural = str(meta.pluralLabel);
  const nameField = (meta.nameField ?? {}) as Meta;
  if (label === '')
    throw badRequest('REQUIRED_FIELD_MISSING', `Must specify a non-empty label for the CustomObject ${name}`);
  if (plural === '')
    throw badRequest('REQUIRED_FIELD_MISSING', `Must specify a non-empty pluralLabel for the CustomObject ${name}`);
  if (str(nameField.label) === '' || str(nameField.type) === '') {
    throw badRequest(
      'REQUIRED_FIELD_MISSING',
      `Must specify a nameField of type Text or AutoNumber for the CustomObject ${name}`,
    );
  }
  const automatic = str(nameField.type) === 'AutoNumber';
  const master = str(meta.sharingModel) === 'ControlledByParent';
  return makeObject({
    name,
    label,
    labelPlural: plural,
    keyPrefix,
    custom: true,
    currency: true,
    description: str(meta.description) || null,
    definitionId,
    fields: [
      ...(master ? [] : [ref('OwnerId', 'Owner ID', ['Group', 'User'], { required: true, onDelete: 'Restrict' })]),
      text('Name', str(nameField.label), 80, {
        nameField: true,
        createable: !automatic,
        updateable: !automatic,
        formula: automatic ? str(nameField.displayFormat) || '{0000}' : null,
        idLookup: true,
      }),
    ],
  });
}

/** The metadata of an object, without its fields. */
export function metadataOfObject(object: ObjectDef): Meta {
  const name = object.fields.get('name');
  return {
    label: object.label,
    pluralLabel: object.labelPlural,
    ...(object.description ? { description: object.description } : {}),
    ...(object.custom
      ? {
          deploymentStatus: 'Deployed',
          sharingModel: object.fields.has('ownerid') ? 'ReadWrite' : 'ControlledByParent',
          nameField: {
            label: name?.label ?? 'Name',
            type: name?.createable === false ? 'AutoNumber' : 'Text',
            ...(name?.formula ? { displayFormat: name.formula } : {}),
          },
        }
      : {}),
  };
}
