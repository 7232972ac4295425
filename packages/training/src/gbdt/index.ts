export * from './gbdt-file.ts';
export { gbdtFigure } from './gbdt-metric.ts';
export * from './gbdt-model.ts';
export * from './gbdt-onnx.ts';
export * from './gbdt-options.ts';
export type { GbdtRows } from './gbdt-rows.ts';
export * from './importance.ts';
export * from './train-gbdt.ts';
export * from './tree-shap.ts';
